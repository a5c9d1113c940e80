"""What several pages say of the budget year: the rows that hold for a facility, and sentences. Only sums are made."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from dashboards import text
from dashboards.options import AmountUnit
from dashboards.pages.base import Facility, Row, View

ALL = "all"
NOTHING = "Varken budget, utfall eller prognos finns för anläggningen. Lägg budgeten i inkorgen (inbox)."


@dataclass(frozen=True)
class Year:
    """The budget year of one facility: the rows of all its carriers together, None where the marts have none."""

    year: int
    to_date: Row | None  # budget_period, from January to the last month with an outcome
    whole: Row | None  # budget_period of the whole year
    forecast: Row | None
    coming: tuple[Row, ...] = ()  # forecasts of the years after it


def of(view: View, facility: Facility) -> Year | None:
    """Return the year that is followed up now: the latest with an outcome, else with a forecast, else with a budget."""
    periods, coming = together(view, facility), view.rows("forecast", facility=facility.id)
    found = [
        frame.get_column("year").drop_nulls()
        for frame in (periods.filter(pl.col("outcome_sek").is_not_null()), coming, periods)
    ]
    years = [int(numbers.max()) for numbers in found if len(numbers)]  # type: ignore[arg-type]
    if not years:
        return None
    year = years[0]
    rows = {r["period"]: r for r in periods.filter(pl.col("year") == year).iter_rows(named=True)}
    later = sorted(int(number) for number in coming.get_column("year").drop_nulls().unique() if number > year)
    ahead = {number: _whole(view, facility, number) for number in (year, *later)}
    after = tuple(row for number in later if (row := ahead[number]) is not None)
    return Year(year, rows.get("ytd"), rows.get("year"), ahead[year], after)


def _whole(view: View, facility: Facility, year: int) -> Row | None:
    """Return the forecast of all carriers and components of one year."""
    rows = forecasts(view, facility, year).filter(pl.col("carrier") == ALL, pl.col("component") == ALL)
    return rows.row(0, named=True) if rows.height else None


def is_over(row: Row) -> bool:
    """Return True where the forecast was made after the last month of its year, so that nothing remains to forecast."""
    made = row["made_from"]
    return made is not None and (made.year, made.month) >= (row["year"], 12)


def together(view: View, facility: Facility) -> pl.DataFrame:
    """Return the rows of `budget_period` of the facility as a whole."""
    rows = view.rows("budget_period", facility=facility.id, dimension="facility")
    return rows.filter(pl.col("carrier").fill_null(ALL) == ALL)


def forecasts(view: View, facility: Facility, year: int) -> pl.DataFrame:
    """Return the forecasts of one year; an absent carrier or component stands for all."""
    rows = view.rows("forecast", facility=facility.id, year=year)
    return rows.with_columns(pl.col("carrier", "component").fill_null(ALL))


def side(sek: float | None, unit: AmountUnit, of_what: str = "budget") -> str:
    """Return which side of the budget a deviation [SEK] is, for example ``120 tkr över budget``."""
    if text.is_absent(sek) or sek is None:
        return ""
    return f"på {of_what}" if round(sek) == 0 else f"{text.amount(abs(sek), unit)} {over(sek)} {of_what}"


def over(sek: float) -> str:
    """Return över or under."""
    return "över" if sek > 0 else "under"


def outcome_sentence(year: Year, unit: AmountUnit) -> str:
    """Return how the outcome so far stands against the budget; "" where there is no outcome."""
    row = year.to_date
    if row is None or row["outcome_sek"] is None:
        return ""
    when = span(row)
    spent = text.amount(row["outcome_sek"], unit)
    if row["deviation_sek"] is None:
        return f"Utfallet {when} är {spent}. {no_budget(row)}"
    part = "" if row["deviation_pct"] is None else f" ({text.percent(abs(row['deviation_pct']))})"
    budget, left_out = text.amount(row["budget_sek"], unit), text.sentence(row["reason"] or "")
    stands = side(row["deviation_sek"], unit)
    return f"Utfallet {when} är {spent}, {stands}{part}. Budgeten var {budget}. {left_out}".rstrip()


def no_budget(row: Row) -> str:
    """Return why there is no budget to compare with."""
    return text.sentence(text.why(row["reason"])) if row["reason"] else "Ingen budget är inläst att jämföra med."


def span(row: Row) -> str:
    """Return the months of a row in words, for example ``januari till september 2023``."""
    first, last = row["from_month"], row["to_month"]
    if first is None or last is None:
        return "hittills i år"
    return text.month(last) if first == last else f"{text.MONTHS[first.month - 1]} till {text.month(last)}"


def forecast_sentence(row: Row | None, unit: AmountUnit) -> str:
    """Return the forecast of a whole year with its band and what the band allows to say of the budget.

    Of a year that is over it is what the year cost, unpaid months recomputed.
    """
    if row is None:
        return ""
    what = f"Helåret {row['year']}" if is_over(row) else f"Prognosen för helåret {row['year']}"
    if row["forecast_sek"] is None:
        return f"{what} kan inte bedömas: {text.why(row['reason']) or 'underlag saknas'}"
    value = text.amount(row["forecast_sek"], unit)
    return f"{what} är {value}{between(row, unit)}{_against(row, unit)}."


def recomputed_sentence(year: Year) -> str:
    """Return what a year that is over holds more than its outcome; "" where every month has its invoices."""
    row, whole = year.forecast, year.whole
    if row is None or row["forecast_sek"] is None or not is_over(row):
        return ""
    return (
        "" if whole and whole["outcome_sek"] is not None else "I helåret är månader utan faktura räknade från mätarna."
    )


def between(row: Row, unit: AmountUnit, name: str = "forecast_sek") -> str:
    """Return the band of a forecast in brackets; "" without one."""
    low, high = row[f"{name}_low"], row[f"{name}_high"]
    if low is None or high is None or low == high:
        return ""
    decimals = text.amount_decimals(unit, low, high)
    return f" ({text.amount_number(low, unit, decimals=decimals)} till {text.amount(high, unit, decimals=decimals)})"


def _against(row: Row, unit: AmountUnit) -> str:
    """Return the forecast's place against the budget, and whether the band leaves room for the budget."""
    if row["deviation_sek"] is None or row["budget_sek"] is None:
        return ""
    stands = side(row["deviation_sek"], unit)
    return f", {stands}; {holds(row)}" if _banded(row) else f", {stands}"


def _banded(row: Row) -> bool:
    return None not in (row["forecast_sek_low"], row["forecast_sek_high"]) and (
        row["forecast_sek_low"] != row["forecast_sek_high"]
    )


def holds(row: Row) -> str:
    """Return whether the band of a forecast holds the budget, in words."""
    low, high, budget = row["forecast_sek_low"], row["forecast_sek_high"], row["budget_sek"]
    if low <= budget <= high:
        return "budgeten ligger inom bandet"
    return f"hela bandet ligger {over(low - budget)} budgeten"


def change_sentence(year: Year, unit: AmountUnit) -> str:
    """Return how the forecast has moved since the last one; "" where there was none."""
    row = year.forecast
    if row is None or row["change_sek"] is None:
        return ""
    if round(row["change_sek"]) == 0:
        return "Prognosen är densamma som förra gången."
    word = "högre" if row["change_sek"] > 0 else "lägre"
    before = text.amount(row["previous_forecast_sek"], unit)
    return f"Det är {text.amount(abs(row['change_sek']), unit)} {word} än förra prognosen ({before})."


def short(view: View, facility: Facility) -> str:
    """Return the year in one line for overview and letter: the forecast, else the outcome; "" without both."""
    year = of(view, facility)
    if year is None:
        return ""
    unit = view.options.amount_unit
    ahead = text.sentence(forecast_sentence(year.forecast, unit))
    known = year.forecast is not None and year.forecast["forecast_sek"] is not None
    return ahead if known else outcome_sentence(year, unit) or ahead
