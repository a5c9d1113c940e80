"""`energibok tariff compare`: two price lists on a load of a file or of the home; energy makes the comparison."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl

from dashboards import text
from energy.errors import SettingsError, SourceError, TariffError
from energy.model import BillingContext, Load, PriceList
from energy.tariffs.compare import Comparison, Side, compare, whole_months
from energy.tariffs.pricelist import known_options
from flows.answers import parse_month
from flows.terminal import clean
from flows.tools import tariffs
from flows.tools.bill import load_of, options_of, with_spot

NEEDED = {"load_hourly", "load_quarters", "spot_hourly", "spot_quarters"}  # of core, to price a load of the home
COMPONENT_HEADS = {
    "component": "Del", "label_a": "A:s benämning", "label_b": "B:s benämning", "cost_a_sek": "A (SEK)",
    "cost_b_sek": "B (SEK)", "difference_sek": "B minus A (SEK)",
}  # fmt: skip
DETERMINANT_HEADS = {
    "side": "Lista", "component": "Del", "label": "Benämning", "months": "Månader", "quantity": "Underlag",
    "summed_as": "Är", "unit": "Enhet", "amount_sek": "Kostnad (SEK)", "reason": "Kan inte bedömas",
}  # fmt: skip


def run(arguments: argparse.Namespace) -> int:
    """Price a load with A and with B and print what each component costs; write the chart where one is asked for."""
    if arguments.chart and arguments.chart.suffix.lower() not in (".svg", ".html"):
        raise SettingsError(f"--chart {arguments.chart}: skriv ett filnamn som slutar på .svg eller .html.")
    a, b = _sides(arguments)
    load, context = _load(arguments, {one.carrier for side in (a, b) for one in side.lists})
    months = _months(arguments, load)
    found = compare(load, a, b, months, context)
    names = (a.name, b.name)
    span = f"{months[0]:%Y-%m} till och med {months[-1]:%Y-%m}"
    tariffs.emit(arguments, _document(found, names, load, months), lambda: _show(found, names, load, span))
    if arguments.chart:
        _draw(arguments, found, names, load, span)
    return 0


def _sides(arguments: argparse.Namespace) -> tuple[Side, Side]:
    """Return A and B with their options. Raises SettingsError for a word that is no list, or an unknown option."""
    lists = [tariffs.find_all(word, arguments.home) for word in (arguments.a, arguments.b)]
    known = [frozenset().union(*map(known_options, side)) for side in lists]
    shared = options_of(arguments.set)
    if wrong := sorted(shared.keys() - (known[0] | known[1])):
        raise SettingsError(
            f"--set {wrong[0]}: betyder inget för någon lista. Kända: {', '.join(sorted(known[0] | known[1]))}."
        )
    sides = []
    for side, names, word, pairs in zip(lists, known, "ab", (arguments.set_a, arguments.set_b), strict=True):
        own = options_of(pairs)
        if wrong := sorted(own.keys() - names):
            raise SettingsError(
                f"--set-{word} {wrong[0]}: betyder inget för listan. Kända: {', '.join(sorted(names))}."
            )
        options = {key: value for key, value in shared.items() if key in names} | own
        sides.append(Side(_name(side), tuple(side), options))
    return sides[0], sides[1]


def _name(lists: Sequence[PriceList]) -> str:
    return lists[0].name if len(lists) == 1 else f"{lists[0].family} ({len(lists)} listor)"


def _load(arguments: argparse.Namespace, carriers: set[str]) -> tuple[Load, BillingContext]:
    """Return the load and what its bills need: from a Parquet file, or of a metering point of the home."""
    path = Path(arguments.load)
    if path.suffix or path.is_file():
        load, context = load_of(path), BillingContext()
    else:
        load, context = _of_home(arguments, carriers)
    return load, with_spot(arguments.spot, load, context) if arguments.spot else context


def _of_home(arguments: argparse.Namespace, carriers: set[str]) -> tuple[Load, BillingContext]:
    from flows.analysis.inputs import FacilityInputs
    from flows.settings.load import load_settings
    from flows.store import Store, need_tables

    settings = load_settings(arguments.home)
    point = next((m for m in settings.metering_point if m.id == arguments.load), None)
    if point is None:
        known = ", ".join(f"{m.id} ({m.name})" for m in settings.metering_point) or "inga"
        raise SettingsError(f"--load {arguments.load}: är varken en fil eller en av hemmets mätpunkter: {known}.")
    if other := sorted(carriers - {point.carrier}):
        told = f"mätpunkten {point.name} gäller {_carrier(point.carrier)}, men listorna {_carrier(other[0])}"
        raise TariffError(f"--load {arguments.load}: {told}. Ange listor för mätpunktens energislag.")
    facility = next(f for f in settings.facility if f.id == point.facility)
    with Store.read(arguments.home) as store:
        need_tables(store, "core", *NEEDED)
        inputs = FacilityInputs.of(store, settings, facility, None)
        return inputs.load(point.id), inputs.billing


def _carrier(carrier: str) -> str:
    return text.code("carrier", carrier).lower()


def _months(arguments: argparse.Namespace, load: Load) -> list[date]:
    """Return the whole months to price: those of --from and --to, else the last twelve."""
    first, last = parse_month(arguments.first), parse_month(arguments.last)
    whole = whole_months(load)
    if not whole:
        raise SourceError(f"{arguments.load}: lasten har ingen hel månad. En jämförelse behöver minst tolv.")
    for word, month in (("--from", first), ("--to", last)):
        if month and month not in whole:
            raise SettingsError(
                f"{word} {month:%Y-%m}: lastens hela månader är {whole[0]:%Y-%m} till {whole[-1]:%Y-%m}."
            )
    chosen = [m for m in whole if (first is None or m >= first) and (last is None or m <= last)]
    return chosen[-12:] if first is None else chosen


def _document(found: Comparison, names: tuple[str, str], load: Load, months: Sequence[date]) -> dict[str, Any]:
    frames = {name: getattr(found, name).to_dicts() for name in ("components", "months", "determinants")}
    rest = {key: value for key, value in asdict(found).items() if key not in frames}
    period = {"first_month": months[0], "last_month": months[-1]}
    return {"a": names[0], "b": names[1], "metering_point": load.metering_point, **period, **frames, **rest}


def _show(found: Comparison, names: tuple[str, str], load: Load, span: str) -> None:
    for line in (f"A: {names[0]}", f"B: {names[1]}", f"Lasten {load.metering_point}, {span}. SEK exklusive moms.", ""):
        print(clean(line))
    total = {"component": "Summa", "label_a": "", "label_b": "", "cost_a_sek": found.total_a_sek,
             "cost_b_sek": found.total_b_sek, "difference_sek": found.difference_sek}  # fmt: skip
    rows = [*tariffs.swedish(found.components.to_dicts(), component="component"), total]
    print(tariffs.table(rows, COMPONENT_HEADS))
    how = pl.col("summed_as").replace({"sum": "summa", "mean": "medel"})
    determinants = tariffs.swedish(found.determinants.with_columns(how).to_dicts(), component="component")
    print(tariffs.table(determinants, DETERMINANT_HEADS))
    if found.reason:
        print(clean(f"Hela kostnaden kan inte bedömas. {found.reason}."))
        print(f"De {found.shared_months} månader som båda kan bedömas: A {text.number(found.shared_a_sek, 2)}, "
              f"B {text.number(found.shared_b_sek, 2)} SEK.")  # fmt: skip
    for note in found.notes:
        print(clean(note))


def _draw(arguments: argparse.Namespace, found: Comparison, names: tuple[str, str], load: Load, span: str) -> None:
    """Write the chart; only here is the drawing library imported."""
    from dashboards import theme
    from dashboards.charts import tariffs as drawn

    of_load = f"Lasten {clean(load.metering_point)}, {span}."
    reason = [f"Hela kostnaden kan inte bedömas. {found.reason}."] if found.reason else []
    totals = (found.total_a_sek, found.total_b_sek)
    figure = drawn.chart(found.components, totals, (clean(names[0]), clean(names[1])), "jamforelse", "tkr",
                         [of_load, *found.notes, *reason])  # fmt: skip
    if figure.missing:
        raise SourceError(f"inget att rita: {figure.missing}")
    svg = theme.svg_for_paper(theme.fixed(figure.wide, font=theme.FONT))
    content = drawn.page(figure) if arguments.chart.suffix.lower() == ".html" else svg
    try:
        arguments.chart.write_text(content, encoding="utf-8")
    except OSError as error:
        raise SettingsError(f"{arguments.chart}: kan inte skrivas: {error.strerror}.") from error
