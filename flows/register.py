"""The memory of the measure register: every measure a run has proposed, and what it was worth in that month of data.

The rows depend on what was seen in which month, never on the order in which the runs were made.
"""

from __future__ import annotations

from flows.store import Store

REBUILT = ("measure_history", "measure_decisions")  # tables of core that read the memory
MARTS = (
    "measure_register",
    "measure_history",
    "measure_verification",
    "measure_verified",
    "measures",
    "measures_combined",
)  # and those that tell of it

# what an analysis has written that those read
READ = ("measures", "measure_found", "measure_runs", "measure_verification", "measure_verified", "measures_combined")


def key_of(told: str) -> str:
    """Return the key of a measure, told as the lists print it («measure/…») or as the register keeps it."""
    return told.strip().replace("measure/", "measure:", 1) if told.strip().startswith("measure/") else told.strip()


# a month of data is told once: the same month again replaces what was told of it
_FORGET = """
delete from ledger.measure_sightings
where exists (
    select 1 from analysis.measure_runs as runs
    where runs.month = measure_sightings.month and runs.facility = split_part(measure_key, ':', 2)
)
"""
_SEEN = """
insert into ledger.measure_sightings
select
    measures.measure_key, runs.month, runs.first_day, measures.saving_sek_per_year, measures.saving_sek_per_year_low,
    measures.saving_sek_per_year_high, measures.saving_kwh_per_year, runs.run_id
from analysis.measures as measures
inner join analysis.measure_runs as runs using (facility)
where measures.saving_sek_per_year is not null or left(measures.code, 1) in ('I', 'M')
"""
_OLDER = """
delete from ledger.measures
where exists (
    select 1 from analysis.measures as measures
    inner join analysis.measure_runs as runs using (facility)
    where measures.measure_key = ledger.measures.measure_key and runs.month >= ledger.measures.told_month
        and measures.saving_sek_per_year is not null
)
"""
_NAMED = """
insert into ledger.measures
select
    measures.measure_key, facility, measures.measure_id, measures.metering_point,
    (
        select string_agg(meters.metering_point, ' ' order by meters.metering_point)
        from analysis.measure_meters as meters
        where meters.measure_key = measures.measure_key
    ),
    measures.title, measures.one_off, measures.cost_class, measures.difficulty, measures.actor, measures.verification,
    runs.month, runs.run_id
from analysis.measures as measures
inner join analysis.measure_runs as runs using (facility)
where (measures.saving_sek_per_year is not null or left(measures.code, 1) in ('I', 'M'))
    and measures.measure_key not in (select measure_key from ledger.measures)
"""


def remember(store: Store) -> None:
    """Write what this run proposed into the ledger and rebuild what reads it. The caller holds the transaction.

    A facility whose measures could not be looked for leaves the memory as it was.
    """
    for statement in (_FORGET, _SEEN, _OLDER, _NAMED):
        store.con.execute(statement)
    store.build("core", REBUILT)
