"""Which class an invoice line is, and so which component of a bill: energy, demand, flow, fixed, tax and so on.

The classes are the components, and four that the component `other` holds together: levies of the authorities, fees of
the bill itself, rounding and what is billed once. Decided by unit and by words in an ordered table, never by exact
name: suppliers misspell (`Eergiskatt` stands in an official Swedish sample). A house rule given in the settings wins
over the table.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, cast

from energy.errors import SettingsError
from energy.model import COMPONENTS, Component

__all__ = ["CLASSES", "RULES", "HouseRule", "LineClass", "Rule", "classify", "component_of", "house_rules", "sort_line"]

LineClass = Literal[
    "fixed", "energy", "demand", "flow", "return_temperature", "reactive", "overrun", "tax", "other",
    "levy", "fee", "rounding", "one_off",
]  # fmt: skip
CLASSES: tuple[LineClass, ...] = (*COMPONENTS, "levy", "fee", "rounding", "one_off")

ENERGY = frozenset({"kWh", "MWh", "GWh", "Wh", "MJ", "GJ"})
POWER = frozenset({"kW", "MW", "W", "kVA"})
VOLUME = frozenset({"m3", "m³", "l"})
REACTIVE = frozenset({"kvar", "kvarh"})
TIME = frozenset({"dag", "vecka", "mån", "år"})


@dataclass(frozen=True)
class Rule:
    """A line whose unit is one of `units` (any unit where None) and whose text holds `words` is a `line_class`."""

    line_class: LineClass
    words: str  # regular expression, searched in the lower-case text; "" matches every text
    units: frozenset[str] | None = None

    def matches(self, text: str, unit: str) -> bool:
        """Return whether the rule holds for a lower-case `text` and a unit."""
        return (self.units is None or unit in self.units) and re.search(self.words, text) is not None


# The first rule that holds decides. Words that beat the unit come first, then units that decide, then words alone.
RULES: tuple[Rule, ...] = (
    Rule("rounding", r"öresavr|öresutj|avrundning"),
    Rule("fee", r"påminn|dröjsmål|inkasso|\bränt|förseningsavg|fakturaavg|faktureringsavg|aviavg|pappersfaktura"),
    Rule("other", r"moms\b"),
    Rule("levy", r"myndighetsavg|elsäkerhet|nätövervak|elberedskap"),  # collected for the authorities
    Rule(
        "one_off",
        r"engångs|anslutningsavg|in-?kopplingsavg|(?:åter|från|på)kopplingsavg|startavg|uppläggningsavg|flyttavg"
        r"|elstöd|elprisstöd|högkostnadsskydd|mätarbyte|utryckning|felsökning|avbrottsersättning|skadestånd",
    ),
    Rule("tax", r"(?<!upp)skatt(?!ad|ning|efri|ebefri)"),  # not "uppskattad förbrukning"
    Rule("reactive", r"reaktiv"),
    Rule("reactive", "", REACTIVE),
    Rule("overrun", r"överuttag|överskrid|överutnyttj|straffavg|överdebit|överabonn"),
    Rule(
        "return_temperature",
        r"retur.{0,6}temp|returbonus|avkylning|kyleffektiv|delta[- ]?t\b|temperatur(?:avg|bonus|prem)",
    ),
    Rule("energy", "", ENERGY),  # "Effektreserv", "Fast elpris" and "Höglast" in kWh are energy
    Rule("demand", "", POWER),
    Rule("flow", "", VOLUME),
    Rule("flow", r"flöde"),
    Rule("demand", r"effekt(?!iv|reserv)|toppbelast|högbelast|topputtag"),  # not "effektivisering"
    Rule("fixed", "", TIME),
    Rule(
        "fixed", r"abonnemang|\bfast[at]?\b|grundavg|grundpris|årsavg|månadsavg|mätar?avg|mätning|\bsäkring|myndighet"
    ),
    Rule("fixed", r"elsäkerhet|nätövervak|elberedskap"),
    Rule("energy", r"energi|förbruk|elöverföring|överföring|elcert|spotpris|elpris|rörlig|påslag|fjärrvärme\b"),
)

# A tax or fee the text says is NOT in the price: "exkl. energiskatt och moms"
_EXCLUDED = re.compile(
    r"\b(?:exkl|inkl|exklusive|inklusive|utan|före)\b\.?\s+(?:\w+\s+(?:och|&)\s+)?\w*(?:skatt|moms)\w*"
)


@dataclass(frozen=True)
class HouseRule:
    """A rule from the settings: lines whose text holds `contains` are a class, here and at this supplier only."""

    contains: str
    line_class: LineClass
    unit: str | None = None
    supplier_id: str | None = None


def house_rules(option: Any) -> tuple[HouseRule, ...]:
    """Return the rules of ``options["lines"]``: tables {contains, component or class, unit?, supplier_id?}.

    The first match wins. `component` takes a component or a class, and `class` is its other name. Raises SettingsError
    naming the entry, what was found and what is allowed.
    """
    if option is None:
        return ()
    if not isinstance(option, Sequence) or isinstance(option, str):
        raise SettingsError.from_key("energibok.toml", "source.lines", option, "en lista av tabeller")
    return tuple(_house_rule(index, entry) for index, entry in enumerate(option, start=1))


def _house_rule(index: int, entry: Any) -> HouseRule:
    key = f"source.lines[{index}]"
    known = {"contains", "component", "class", "unit", "supplier_id"}
    if not isinstance(entry, Mapping) or set(entry) - known or not all(isinstance(v, str) for v in entry.values()):
        raise SettingsError.from_key("energibok.toml", key, entry, f"en tabell med texterna {', '.join(sorted(known))}")
    if not str(entry.get("contains", "")).strip():
        raise SettingsError.from_key("energibok.toml", f"{key}.contains", entry.get("contains"), "en text ur raden")
    called = "class" if "class" in entry else "component"
    if {"class", "component"} <= set(entry) or entry.get(called) not in CLASSES:
        raise SettingsError.from_key(
            "energibok.toml", f"{key}.{called}", entry.get(called), f"en av {', '.join(CLASSES)}"
        )
    found = cast(LineClass, entry[called])
    return HouseRule(entry["contains"].lower(), found, entry.get("unit"), entry.get("supplier_id"))


def component_of(line_class: LineClass) -> Component:
    """Return the component of a bill that lines of a class belong to."""
    return next((component for component in COMPONENTS if component == line_class), "other")


def classify(
    item: str, unit: str, description: str = "", supplier_id: str = "", rules: Sequence[HouseRule] = ()
) -> Component | None:
    """Return the component of an invoice line; None where nothing tells, which the caller shows as `other`."""
    found = sort_line(item, unit, description, supplier_id, rules)
    return None if found is None else component_of(found)


def sort_line(
    item: str, unit: str, description: str = "", supplier_id: str = "", rules: Sequence[HouseRule] = ()
) -> LineClass | None:
    """Return the class of an invoice line; None where nothing tells.

    `item` is the line's short name and `unit` its canonical text (see `energy.units.REC20`). The `description` is
    asked only where name and unit do not decide, since it often speaks of other things («energiskatt tillkommer»).
    """
    whole = f"{item} {description}".lower()
    for rule in rules:
        if rule.contains in whole and rule.unit in (None, unit) and rule.supplier_id in (None, supplier_id):
            return rule.line_class
    return _first(item, unit) or _first(description, unit)


def _first(text: str, unit: str) -> LineClass | None:
    cleaned = _EXCLUDED.sub(" ", text.lower())
    return next((rule.line_class for rule in RULES if rule.matches(cleaned, unit)), None)
