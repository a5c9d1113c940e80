-- one row per thing in the files that people keep, and in the trends, that does not fit energibok.toml or itself
with strangers as (
    -- what stands in a booking's place of a facility may be a person: it is never shown
    select
        if(facility in (select facility from settings.facilities), facility, '(okänd, visas inte)') as facility,
        'Bokningarna' as what,
        file_name,
        row_no
    from core.bookings
    union all
    select facility, 'Öppettiderna', file_name, row_no from core.opening_hours
    union all
    select facility, 'Budgeten', coalesce(amount_file_name, energy_file_name), coalesce(amount_row_no, energy_row_no)
    from core.budget
    where facility is not null
),

hours_at_once as (
    select
        facility,
        weekday,
        valid_from,
        valid_to,
        min(file_name) as file_name,
        count(distinct sha256) as files
    from (
        select *
        from staging.opening_hours
        qualify rank() over (
            partition by facility, weekday, valid_from, valid_to order by issued desc nulls last
        ) = 1
    )
    group by facility, weekday, valid_from, valid_to
    having count(distinct sha256) > 1 and count(distinct coalesce(opens, '') || '-' || coalesce(closes, '')) > 1
),

-- rows of the latest issue, or of no known issue, that tell one line of the budget two values
budget_latest as (
    select *
    from staging.budget
    qualify rank() over (
        partition by version, month, facility, carrier, component, account, cost_centre, amount_sek is null
        order by issued desc nulls last
    ) = 1
),

budget_conflicts as (
    select
        version,
        facility,
        min(month) as month,
        min(file_name) as file_name,
        min(row_no) as row_no
    from budget_latest
    group by version, month, facility, carrier, component, account, cost_centre
    having count(distinct amount_sek) > 1 or count(distinct energy_kwh) > 1
),

told as (
    select
        'warning' as level,
        'file_without_facility' as rule,
        format('{} gäller anläggningen «{}», som inte finns i energibok.toml: {} rader har ingen verkan. '
            || 'Rätta filen, eller ange facilities i dess [[source]].', what, facility, swedish(count(*))) as message,
        arg_min(file_name, (file_name, row_no)) as file_name,
        arg_min(row_no, (file_name, row_no)) as row_no,
        null as facility
    from strangers
    where facility not in (select facility from settings.facilities)
    group by what, facility

    union all

    select
        'warning',
        'opening_hours_conflict',
        format('Öppettiderna för {} har olika tider för samma veckodag och giltighet i {} filer, utan tid för utfärdande '
            || 'som avgör: anläggningen räknas som öppen när någon av dem säger det. Ta tillbaka den gamla filen med '
            || '«energibok ingest --withdraw».', facility, swedish(max(files))),
        min(file_name),
        null,
        facility
    from hours_at_once
    group by facility

    union all

    select
        'warning',
        'budget_conflict',
        format('Budgeten {} har olika värden för samma rad i flera filer ({} rader), utan tid för utfärdande som avgör: '
            || 'det högre gäller. Ta tillbaka den gamla filen med «energibok ingest --withdraw».', version,
            swedish(count(*))),
        min(file_name),
        null,
        null
    from budget_conflicts
    group by version

    union all

    select
        'warning',
        'budget_versions',
        format('{} {}: {}. Den med flest månader gäller för hela året, därefter den som är utfärdad sist: de läggs inte '
            || 'ihop. Ta tillbaka den som inte gäller med «energibok ingest --withdraw».', facility, year,
            versions_note),
        file_name,
        null,
        facility
    from core.budget_versions
    where versions > 1 and rank = 2

    union all

    select
        'warning',
        'unknown_point',
        format('Punkten {} finns i trenderna men inte i energibok.toml. Lägg till en [[point]].', trends.point),
        min(files.file_name),
        min(trends.row_no),
        null
    from core.trends as trends
    inner join raw.files as files using (file_id)
    where trends.point not in (select point from settings.points)
    group by trends.point

    union all

    select
        'warning',
        'point_unit',
        format('Punkten {} har enheten {} i filen och {} i energibok.toml. Värdena räknas inte om: rätta den ena.',
            trends.point, trends.unit, points.unit),
        min(files.file_name),
        min(trends.row_no),
        points.facility
    from core.trends as trends
    inner join settings.points as points using (point)
    inner join raw.files as files using (file_id)
    where trends.unit <> points.unit
    group by trends.point, trends.unit, points.unit, points.facility
)

select * from told
