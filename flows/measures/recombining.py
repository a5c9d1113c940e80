"""The marginal list after a decision: worked out again from what the last analysis kept, as `measures --set` does."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from energy.errors import EnergibokError
from flows.answers import say
from flows.store import Store

_SETTLED = """
select measure_key from marts.measures
where (is_quiet or status = 'senare') and not one_off and saving_sek_per_year is not null
"""
_LATER = "vad åtgärderna ger tillsammans räknas om vid nästa månadskörning"


def settled(store: Store) -> set[str]:
    """Return the measures with a yearly value that others are not to be added to: done, declined, or put off."""
    return {key for (key,) in store.rows(_SETTLED)}


_BEGUN = """
select measure_key from marts.measures
where status in ('pågår', 'genomförd', 'uppföljd') and not one_off and saving_sek_per_year is not null
"""


def begun(store: Store) -> set[str]:
    """Return the measures with a yearly value that others come after: under way, or done and proposed all the same."""
    return {key for (key,) in store.rows(_BEGUN)}


def recombine(store: Store, home: Path, facility: str) -> bool:
    """Work out the facility's marginal list without what is settled now; return whether that could be done.

    Where it cannot (the figures are others than those of the last analysis), the list stands as it was: its mart tells
    no amounts where something settled is among its steps.
    """
    try:
        return _recombined(store, home, facility)
    except EnergibokError as error:
        say(f"{_LATER}: {error}")
        return False


def _recombined(store: Store, home: Path, facility: str) -> bool:
    from flows.analysis.dimensions import price_lists
    from flows.analysis.inputs import FacilityInputs
    from flows.measures.combined_rows import combined_rows
    from flows.measures.context import context_of
    from flows.measures.kept import kept_findings
    from flows.settings.load import load_settings

    settings = load_settings(home)
    chosen = next((one for one in settings.facility if one.id == facility), None)
    if chosen is None or "load_hourly" not in store.tables("core"):
        return False
    inputs = FacilityInputs.of(store, settings, chosen, None)
    context = context_of(inputs, price_lists(home), {point: inputs.load(point) for point in inputs.points})
    kept = kept_findings(store, context, None)
    if kept is None:
        say(f"{_LATER}: siffrorna är andra än i den senaste körningen.")
        return False
    run_id = next(iter(store.rows("select run_id from analysis.measure_runs where facility = ?", [facility])))[0]
    rows = combined_rows(context, kept, run_id, settled(store), begun(store))
    others = store.frame("select * from analysis.measures_combined where facility <> ?", [facility])
    data = pl.DataFrame(rows, schema=others.schema)
    with store.transaction():
        store.replace("analysis.measures_combined", pl.concat([others, data]))
        store.build("marts", ("measures_combined",))
    return True
