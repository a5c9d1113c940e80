"""`energibok measures --set`, `--budget` and `--reference`: several measures together, and key figures beside others'.

A set and a budget are not in the store: the home's loads are billed again with the measures' effects in sequence.
"""

from __future__ import annotations

import argparse
from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from energy.errors import SettingsError
from flows.answers import chosen, emit, must_exist
from flows.store import Store, need_tables
from flows.terminal import clean

if TYPE_CHECKING:
    from energy.measures.combined import Combined

COLUMNS = (
    "rank title marginal_sek_per_year cumulative_sek_per_year cumulative_sek_per_year_low "
    "cumulative_sek_per_year_high separate_sek_per_year cost_class reason"
)
REFERENCE = "label value unit reference_low reference reference_high verdict others others_value reason source_text"


def reference(arguments: argparse.Namespace) -> int:
    """Print the facilities' key figures beside published values and the other facilities of the home."""
    with Store.read(arguments.home) as store:
        data = chosen(store.records("marts.reference_values"), arguments)
    emit(arguments, {"reference_values": data}, {"reference_values": REFERENCE.split()})
    return 0


def together(arguments: argparse.Namespace) -> int:
    """Print what the asked set saves together, or the set that saves most for the asked budget."""
    from energy.measures.combined import most_for
    from flows.measures.combined_rows import step_rows

    budget = None if arguments.budget is None else _budget(arguments.budget)
    combined = _combined(arguments)
    if budget is not None:
        found = most_for(combined, budget)
        steps, cost, exact = found.steps, found.cost_sek, found.exact
    else:
        steps, cost, exact = combined.steps([combined.by_key(key).key for key in _keys(arguments.set)]), None, None
    rows = step_rows(combined, steps)
    if arguments.json:
        emit(arguments, {"measures_combined": rows, "chosen": [{"cost_sek": cost, "exact": exact}]}, {})
        return 0
    emit(arguments, {"measures_combined": rows}, {"measures_combined": COLUMNS.split()})
    _tell(rows, cost, exact)
    if budget is not None and cost is not None:
        for line in left_out(combined, {step.key for step in steps}, budget - cost):
            print(clean(line))
    return 0


def left_out(combined: Combined, taken: Collection[str], left_sek: float) -> Iterator[str]:
    """Yield a Swedish line for each measure that a budget leaves out: what it is taken to cost, and why it is not in.

    `left_sek` is what the chosen set leaves of the budget.
    """
    from dashboards import text
    from energy.measures.combined import LEAST, cost_sek

    for one in combined.findings:
        if one.key in taken:
            continue
        cost, gain = cost_sek(one), combined.gain([*taken], one.key)
        adds = f"ger {text.number(gain)} SEK per år till" if gain > LEAST else "ger inget mer när de valda är gjorda"
        why = f"; antagen kostnad {text.number(cost)} SEK, kvar {text.number(left_sek)}" if cost > left_sek else ""
        yield f"Inte med: {one.title}, {adds}{why}."


def _tell(rows: Sequence[dict[str, Any]], cost: float | None, exact: bool | None) -> None:
    from dashboards import text

    if not rows:
        print("Ingen åtgärd ryms i budgeten." if cost is not None else "Ingen åtgärd är vald.")
        return
    last = rows[-1]
    low, high = (text.number(last[f"cumulative_sek_per_year_{end}"]) for end in ("low", "high"))
    print(
        f"Tillsammans {text.number(last['cumulative_sek_per_year'])} SEK per år (90 %-band {low} till {high});"
        f" var för sig summerar de till {text.number(last['separate_sek_per_year'])}. Banden är sammanlagda som om"
        " osäkerheterna följdes åt."
    )
    if cost is not None:
        how = "alla mängder är prövade" if exact else "tagna efter mest besparing per krona"
        print(f"Antagen kostnad {text.number(cost)} SEK, en gång, efter kostnadsklass; {how}.")


def _keys(asked: str) -> list[str]:
    """Return the keys of --set, in the form of the mart; a receipt «measure/…» is taken too."""
    found = [one.strip().replace("measure/", "measure:", 1) for one in asked.split(",") if one.strip()]
    if not found:
        raise SettingsError(
            "--set: ange en eller flera åtgärdsnycklar med komma emellan; energibok measures visar dem."
        )
    return [one if one.startswith("measure:") else f"measure:{one}" for one in dict.fromkeys(found)]


def _budget(asked: str) -> float:
    """Return the amount of --budget [SEK]. Raises SettingsError for what is no amount."""
    try:
        amount = float(asked.replace("\u00a0", "").replace(" ", "").replace(",", "."))
    except ValueError:
        amount = -1.0
    if not 0 <= amount < 1e12:
        raise SettingsError(f"--budget {asked}: ange ett belopp i SEK, till exempel 500000.")
    return amount


def _combined(arguments: argparse.Namespace) -> Any:
    """Return the measures of the asked facility, found again on the published store."""
    from energy.measures import assess_all
    from energy.measures.combined import Combined
    from flows.analysis.dimensions import price_lists
    from flows.analysis.inputs import FacilityInputs
    from flows.answers import say
    from flows.measures.context import context_of
    from flows.measures.kept import kept_findings
    from flows.settings.load import load_settings
    from flows.storage.dispatch import operations

    settings = load_settings(arguments.home)
    known = [facility.id for facility in settings.facility]
    asked = arguments.facility
    if asked is None and arguments.set:
        parts = _keys(arguments.set)[0].split(":")
        asked = parts[1] if len(parts) > 1 else None
    if asked is None and len(known) == 1:
        asked = known[0]
    if arguments.facility is None and asked is not None and asked not in known:
        text = f"--set {arguments.set}: ingen åtgärd har den nyckeln. energibok measures visar nycklarna."
        raise SettingsError(text)
    if asked is None:
        raise SettingsError(f"--facility saknas: ange vilken anläggning det gäller. Finns: {', '.join(known)}.")
    must_exist("--facility", asked, known)
    facility = next(one for one in settings.facility if one.id == asked)
    with Store.read(arguments.home) as store:
        need_tables(store, "core", "load_hourly")
        inputs = FacilityInputs.of(store, settings, facility, None)
        loads = {point: inputs.load(point) for point in inputs.points}
        context = context_of(inputs, price_lists(arguments.home), loads)
        keys = None if arguments.set is None or arguments.budget is not None else _keys(arguments.set)
        kept = kept_findings(store, context, keys)
        if kept is not None:
            return Combined(context, kept)
        say("siffrorna är andra än i den senaste körningen: alla åtgärder räknas om …")
        context = replace(context, operations=operations(context))
    return Combined(context, assess_all(context)[0])
