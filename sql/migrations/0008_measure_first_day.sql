-- from which day a measure has had figures under it, whatever is told again of the months it was seen in
alter table ledger.measures add column first_day date;

update ledger.measures
set first_day = least(
    told_month,
    (
        select min(sightings.first_day)
        from ledger.measure_sightings as sightings
        where sightings.measure_key = measures.measure_key
    )
);
