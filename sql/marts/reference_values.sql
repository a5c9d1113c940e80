-- one row per facility and published key figure: its own value, the published span, and what the home's others have
with others as (
    select
        mine.facility,
        mine.key_figure,
        count(theirs.value) as others,
        median(theirs.value) as others_value
    from analysis.reference_values as mine
    left join analysis.reference_values as theirs
        on theirs.key_figure = mine.key_figure and theirs.facility <> mine.facility
    group by all
)

select
    values.* exclude (run_id),
    others.others,
    others.others_value
from analysis.reference_values as values
inner join others using (facility, key_figure)
order by values.facility, values.key_figure
