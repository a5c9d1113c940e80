-- one row per measure in the order in which each adds most to those before it: nothing in it is counted twice
select * exclude (run_id) from analysis.measures_combined
order by facility, rank
