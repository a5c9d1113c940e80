-- one row per piece of evidence of a measure
select * exclude (run_id) from analysis.measure_evidence
order by measure_key, no
