"""One price component of the Eltariff-API -> one component of our own price lists, or a refusal that says why.

Source: RI-SE/Eltariff-API, specification 0.2 and 0.3 (fixed, energy, power and price schemas) and its developer guide.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from energy.swedish import sv_short
from energy.tariffs.eltariff.calendars import Span, active_of, months_of
from energy.tariffs.eltariff.document import Node, Refused, day_of, number_of, shown, table_of, tables_of, text_of

COST_FUNCTIONS = {
    "fixedPrice": "sum(price(c))",
    "energyPrice": "sum(energy(c)*price(c))",
    "powerPrice": "sum(peak(c)*price(c))",
}
YEAR, MONTH = ("P1Y", "P12M"), ("P1M",)
MINUTES = {"PT1H": 60, "PT60M": 60, "PT15M": 15}
VAT_TOLERANCE = 0.01  # a rounded price incl. VAT may lie this far from its own


@dataclass
class Tariff:
    """What the components of one tariff share; remarks on how they were read gather in `told`."""

    span: Span
    zone: str
    billing: str
    vat: float | None = None  # the rate that prices incl. VAT are compared with; None: they are not
    told: list[tuple[str, str, str]] = field(default_factory=list)  # (level, rule, message)

    def tell(self, level: str, rule: str, message: str) -> None:
        """Remember a remark once."""
        if (level, rule, message) not in self.told:
            self.told.append((level, rule, message))


def check_cost_function(group: str, table: Node) -> None:
    """Raise Refused unless the group's costs are summed as version 0.3 says; one left out is taken as that."""
    told = re.sub(r"\s", "", text_of(table, "costFunction")).lower()
    if told and told != COST_FUNCTIONS[group]:
        raise Refused(f"costFunction {shown(text_of(table, 'costFunction'))} är okänd; känd: {COST_FUNCTIONS[group]}")


def component_of(group: str, table: Node, one: Node, tariff: Tariff) -> dict[str, Any]:
    """Return a component of a group as a table of our price lists. Raises Refused with the reason."""
    label = text_of(one, "name") or text_of(table, "name") or {"fixedPrice": "Fast avgift"}.get(group, "Avgift")
    if text_of(one, "type") == "specific":
        tariff.tell("warning", "eltariff_specific", f"«{label}» är märkt som ett pris för en viss kund (specific)")
    period = table_of(one, "validPeriod")
    months, clipped = months_of(tariff.span, day_of(period, "fromIncluding"), day_of(period, "toExcluding"))
    if clipped:
        tariff.tell("warning", "eltariff_valid_period", f"«{label}»: {clipped}")
    make: Callable[[Node, Node, list[int] | None, Tariff, str], dict[str, Any]] = _MAKERS[group]
    found = {"component": "other", "label": label} | make(table, one, months, tariff, label)
    if months is not None:
        found["months"] = months
    return found


def _fixed(table: Node, one: Node, months: list[int] | None, tariff: Tariff, label: str) -> dict[str, Any]:
    if _active(one, tables_of(one, "recurringPeriods"), months, tariff, label)["time"] != "all":
        raise Refused("en fast avgift som bara gäller vissa timmar")
    value, period = _price(one, tariff, label), text_of(one, "pricedPeriod")
    price = {"unit": "SEK/month", "value": value} if period in MONTH else _per_year("SEK/year", value, period)
    if "spread" in price:
        tariff.tell("info", "eltariff_spread", "priser per år fördelas på tolftedelar; filen säger inte hur")
    return {"component": "fixed", "determinant": {"method": "fixed"}, "price": price}


def _energy(table: Node, one: Node, months: list[int] | None, tariff: Tariff, label: str) -> dict[str, Any]:
    settings = _active(one, tables_of(one, "recurringPeriods"), months, tariff, label)
    spot = table_of(one, "spotPriceSettings")
    if text_of(one, "type") == "spot" or spot:
        multiplier = number_of(spot, "multiplier")
        if multiplier is None or settings["time"] != "all" or text_of(spot, "currency") not in ("SEK", ""):
            raise Refused("spotpris utan multiplikator i SEK, eller bara vissa timmar")
        price: dict[str, Any] = {"unit": "spot", "value": multiplier}
        return {"component": "energy", "determinant": {"method": "spot_energy"}, "price": price}
    unit = text_of(one, "unit") or text_of(table, "unit") or text_of(one, "pricedPeriod")
    if unit.casefold() not in ("kwh", "mwh", ""):
        raise Refused(f"energipris per {shown(unit)}")
    if not unit:
        tariff.tell("warning", "eltariff_unit", f"«{label}»: enhet saknas; läst som kr per kWh")
    price = {"unit": "SEK/MWh" if unit.casefold() == "mwh" else "SEK/kWh", "value": _price(one, tariff, label)}
    kind = "tax" if text_of(one, "reference") == "tax" or "energiskatt" in label.casefold() else "energy"
    determinant = {"method": "billed_energy_kwh"} | ({} if settings["time"] == "all" else settings)
    return {"component": kind, "determinant": determinant, "price": price}


def _power(table: Node, one: Node, months: list[int] | None, tariff: Tariff, label: str) -> dict[str, Any]:
    if text_of(one, "type") == "dynamic" or text_of(one, "url"):
        raise Refused("priset ändras från timme till timme och ligger på en annan adress")
    unit = text_of(one, "unit") or text_of(table, "unit") or "kW"
    if unit.casefold() != "kw":
        raise Refused(f"effektpris per {shown(unit)}")
    peak = table_of(one, "peakIdentificationSettings")
    if not peak:
        raise Refused("peakIdentificationSettings saknas: filen säger inte hur effekttoppen räknas")
    periods = _peak_periods(one, peak)
    settings = _active(one, periods, months, tariff, label)
    if settings["time"] == "low_load":
        raise Refused("en effekttopp utanför höglasttid; det finns ingen sådan metod")
    method: dict[str, Any] = {"method": "monthly_peak_hour"}
    if settings["time"] == "high_load":
        method = {"method": "high_load_peak", "high_load": settings["high_load"]}
    count = _count(peak, tariff)
    price = _power_price(one, _price(one, tariff, label), tariff)
    return {"component": "demand", "determinant": method | ({"n": count} if count > 1 else {}), "price": price}


def _peak_periods(one: Node, peak: Node) -> list[Node]:
    """Return the recurring periods that the peak function speaks of."""
    function = re.sub(r"\s", "", text_of(peak, "peakFunction")) or "peak(main)"
    found = re.fullmatch(r"peak\(([\w-]+)\)", function)
    if not found:
        raise Refused(f"peakFunction {shown(function)} är okänd; känd: peak(namn på återkommande period)")
    periods = tables_of(one, "recurringPeriods")
    named = [period for period in periods if (text_of(period, "reference") or "main") == found[1]]
    if periods and not named:
        raise Refused(f"peakFunction {shown(function)} pekar på en återkommande period som inte finns")
    return named


def _count(peak: Node, tariff: Tariff) -> int:
    """Return of how many peaks, each from its own day, the mean is taken; one peak of the month where it says so."""
    if tariff.billing not in (*MONTH, ""):
        raise Refused(f"effekttoppar räknas per faktureringsperiod, och den är {shown(tariff.billing)}, inte en månad")
    minutes = MINUTES.get(text_of(peak, "peakDuration") or "PT1H")
    if minutes != 60:
        raise Refused(f"effekttoppen mäts över {shown(text_of(peak, 'peakDuration'))}; Energibok räknar på timmar")
    count, every = number_of(peak, "numberOfPeaksForAverageCalculation"), text_of(peak, "peakIdentificationPeriod")
    if count is None:
        raise Refused("numberOfPeaksForAverageCalculation saknas: hur många toppar medlet tas av")
    if not 1 <= count <= 31 or count % 1:
        raise Refused(f"medel av {shown(count)} toppar")
    if every == "P1D" or (count == 1 and every in ("PT1H", "PT60M", *MONTH)):
        return int(count)
    raise Refused(f"{int(count)} toppar, en per {shown(every or None)}: bara en per dygn (P1D), eller månadens högsta")


def _power_price(one: Node, value: float, tariff: Tariff) -> dict[str, Any]:
    period = text_of(one, "pricedPeriod")
    if period not in (*YEAR, *MONTH, ""):
        if period.casefold() != "kw":
            raise Refused(f"effektpris per {shown(period)}")
        tariff.tell("warning", "eltariff_unit", "effektpriset anges per kW utan tid; läst som kr per kW och månad")
    return {"unit": "SEK/kW,month", "value": value} if period not in YEAR else _per_year("SEK/kW,year", value, period)


def _per_year(unit: str, value: float, period: str) -> dict[str, Any]:
    if period not in YEAR:
        raise Refused(f"pris per {shown(period or None)}; kända perioder: {', '.join((*MONTH, *YEAR))}")
    return {"unit": unit, "spread": "twelfths", "value": value}


def _price(one: Node, tariff: Tariff, label: str) -> float:
    """Return the price excl. VAT [SEK]; it may lie in a table `price` or, in some files, in the component itself."""
    table = table_of(one, "price") or one
    if text_of(table, "currency") not in ("SEK", ""):
        raise Refused(f"priset är i {shown(text_of(table, 'currency'))}, inte SEK")
    value, gross = number_of(table, "priceExVat"), number_of(table, "priceIncVat")
    if value is None:
        raise Refused("priceExVat saknas" + ("; priset inklusive moms räknas inte om" if gross is not None else ""))
    if (
        tariff.vat is not None
        and gross is not None
        and abs(gross - value * (1 + tariff.vat)) > VAT_TOLERANCE * abs(value)
    ):
        tariff.tell(
            "warning", "eltariff_vat",
            f"«{label}»: {sv_short(value)} exklusive och {sv_short(gross)} inklusive moms skiljer inte "
            f"{sv_short(100 * tariff.vat)} %",
        )  # fmt: skip
    return value


def _active(one: Node, periods: list[Node], months: list[int] | None, tariff: Tariff, label: str) -> dict[str, Any]:
    found = active_of(periods, tariff.span, months, tariff.zone)
    for remark in found.told:
        clock = "normaltid" in remark
        tariff.tell("warning" if clock else "info", "eltariff_clock" if clock else "eltariff_calendar",
                    f"«{label}»: {remark}")  # fmt: skip
    high_load: Mapping[str, Any] | None = found.high_load
    return {"time": found.time} | ({"high_load": dict(high_load)} if high_load else {})


_MAKERS = {"fixedPrice": _fixed, "energyPrice": _energy, "powerPrice": _power}
