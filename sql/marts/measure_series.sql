-- one row per point of a measure's picture, in order
select * exclude (run_id) from analysis.measure_series
order by measure_key, no
