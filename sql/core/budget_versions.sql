-- one row per facility, year and version of the budget, with its rank: the first holds for the whole year
-- of several versions the one with most months of the year holds, then the one issued last, then the later name
with issues as (
    select coalesce(version, '') as version, year(month) as year, max(issued) as issued
    from staging.budget
    group by all
),

summed as (
    select
        facility,
        year(month) as year,
        version,
        count(distinct month) as months,
        count(*) as lines,
        sum(amount_sek order by month, account, cost_centre, component, carrier, amount_sek) as amount_sek,
        min(coalesce(amount_file_name, energy_file_name)) as file_name
    from core.budget_told
    where facility is not null
    group by facility, year(month), version
),

ranked as (
    select
        summed.*,
        row_number() over (
            partition by summed.facility, summed.year
            order by summed.months desc, issues.issued desc nulls last, summed.version desc
        ) as rank,
        count(*) over (partition by summed.facility, summed.year) as versions,
        format(
            '«{}» ({} månader, {} rader, {} kr)', summed.version, swedish(summed.months), swedish(summed.lines),
            swedish(coalesce(summed.amount_sek, 0))
        ) as what
    from summed
    left join issues using (version, year)
)

select
    *,
    case
        when versions > 1
            then 'flera budgetar för året: ' || first_value(what) over by_rank || ' gäller, inte '
                || string_agg(what, ' och inte ' order by rank) filter (where rank > 1) over whole
    end as versions_note
from ranked
window
    whole as (partition by facility, year),
    by_rank as (partition by facility, year order by rank)
