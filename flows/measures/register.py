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
READ = (
    "measures", "measure_found", "measure_found_months", "measure_runs", "measure_verification", "measure_verified",
    "measures_combined", "findings",
)  # fmt: skip

ALL_KEYS = "Alla nycklar: «energibok measures --register»."  # where an error sends who told a key that does not do
MOST_NEAR = 3  # keys that an error lists


def key_of(told: str) -> str:
    """Return the key of a measure, told as the lists print it («measure/…») or as the register keeps it."""
    return told.strip().replace("measure/", "measure:", 1) if told.strip().startswith("measure/") else told.strip()


def facility_of(key: str) -> str:
    """Return the facility a measure's key names; "" where it names none."""
    parts = key.split(":")
    return parts[1] if len(parts) > 1 else ""


# a month of data is told once: the same month again replaces what was told of it
_FORGET = """
delete from ledger.measure_sightings
where exists (
    select 1 from analysis.measure_runs as runs
    where runs.month = measure_sightings.month and runs.facility = split_part(measure_key, ':', 2)
)
"""
# a measure that a rule has put no figure on is none; claims and faults are measures without one too
_IS_ONE = "(measures.saving_sek_per_year is not null or left(measures.code, 1) in ('I', 'M'))"
_SEEN = f"""
insert into ledger.measure_sightings
select
    measures.measure_key, runs.month, runs.first_day, measures.saving_sek_per_year, measures.saving_sek_per_year_low,
    measures.saving_sek_per_year_high, measures.saving_kwh_per_year, runs.run_id
from analysis.measures as measures
inner join analysis.measure_runs as runs using (facility)
where {_IS_ONE}
"""  # noqa: S608 - our own text
# since when it is known stands, also when the months it was seen in are told again without it
_SINCE = f"""
update ledger.measures
set first_day = least(measures.first_day, told.first_day)
from (
    select measures.measure_key, runs.first_day
    from analysis.measures as measures
    inner join analysis.measure_runs as runs using (facility)
    where {_IS_ONE}
) as told
where measures.measure_key = told.measure_key
"""  # noqa: S608 - our own text
_NAMED = f"""
create or replace temp table named as
select
    measures.measure_key, measures.facility, measures.measure_id, measures.metering_point,
    (
        select string_agg(meters.metering_point, ' ' order by meters.metering_point)
        from analysis.measure_meters as meters
        where meters.measure_key = measures.measure_key
    ) as acts_on,
    measures.title, measures.one_off, measures.cost_class, measures.difficulty, measures.actor, measures.verification,
    runs.month as told_month, runs.run_id, coalesce(known.first_day, runs.first_day) as first_day
from analysis.measures as measures
inner join analysis.measure_runs as runs using (facility)
left join ledger.measures as known using (measure_key)
where {_IS_ONE} and (known.measure_key is null or runs.month >= known.told_month)
"""  # noqa: S608 - our own text
_OLDER = "delete from ledger.measures where measure_key in (select measure_key from named)"
_NEWER = "insert into ledger.measures by name select * from named"


def remember(store: Store) -> None:
    """Write what this run proposed into the ledger and rebuild what reads it. The caller holds the transaction.

    A facility whose measures could not be looked for leaves the memory as it was.
    """
    for statement in (_FORGET, _SEEN, _SINCE, _NAMED, _OLDER, _NEWER):
        store.con.execute(statement)
    store.build("core", REBUILT)
