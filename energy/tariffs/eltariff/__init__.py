"""Price lists of the Eltariff-API (Swedish power grids) -> our own, one a tariff, and what could not be carried over.

Two shapes are read: version 0.3 (`published`, unit by component, patterns named `reference`) and the older 0.2
(`lastUpdated`, unit by group, a fixed price without components, patterns named `name`), also where prices lie in the
component itself. The catalogue (0.7) holds addresses, no prices, and is refused with that said.
Source: RI-SE/Eltariff-API, specification and samples; none of its own samples keeps to its schema, so this is tolerant
in form and strict in meaning: what our determinants do not say exactly is left out, told, and the list marked partial.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import combinations
from typing import Any, Literal, cast

from energy.errors import TariffError
from energy.model import Finding, PriceList
from energy.tariffs.eltariff.calendars import Pattern, Span, patterns_of
from energy.tariffs.eltariff.components import COST_FUNCTIONS, Tariff, check_cost_function, component_of
from energy.tariffs.eltariff.document import (
    MOST_TARIFFS,
    Node,
    Refused,
    clean,
    day_of,
    load,
    shown,
    table_of,
    tables_of,
    text_of,
)
from energy.tariffs.pricelist import read_price_list
from energy.tariffs.vat import vat_rate
from energy.tariffs.write import to_toml

NO_END = date(2100, 1, 1)  # of a tariff that names no last day
GROUPS = tuple(COST_FUNCTIONS)


@dataclass(frozen=True)
class Imported:
    """What became of one tariff: our list, None where nothing could be carried over, and why.

    `complete` is False where a component is missing: such a list gives too low a bill. `notes` are for the file.
    """

    name: str
    price_list: PriceList | None
    complete: bool
    findings: tuple[Finding, ...]
    notes: str = ""


def read_eltariff(data: bytes, file: str) -> list[Imported]:
    """Return the tariffs of a document in order of company, product and first day, whatever their order in the file.

    Raises TariffError for what is not JSON, holds no tariffs, or is hostile in form (size, depth, doubled keys).
    """
    document = load(data, file)
    tariffs = _tariffs(document, file)
    if len(tariffs) > MOST_TARIFFS:
        raise TariffError(f"{file}: {len(tariffs)} tariffer, fler än {MOST_TARIFFS}. Hämta ett nätbolag i taget.")
    try:
        patterns = patterns_of(document)
    except Refused as refused:
        raise TariffError(f"{file}: {refused}. Hämta filen på nytt.") from refused
    found = [_imported(one, patterns, file) for one in sorted(tariffs, key=_order)]
    return _told_apart(found)


def _tariffs(document: Any, file: str) -> list[Node]:
    """Return the tariffs of any of the shapes an answer has. Raises TariffError where there are none."""
    if isinstance(document, list):
        found = document
    elif isinstance(document, Mapping) and "tariffs" in document:
        found = document["tariffs"]
    elif isinstance(document, Mapping) and isinstance(document.get("tariff"), Mapping):
        found = [document["tariff"]]
    else:
        found = [document]
    if not isinstance(found, list) or not all(isinstance(one, Mapping) for one in found):
        raise TariffError(f"{file}: innehåller inga tariffer, utan {shown(found)}. Hämta svaret från /tariffs på nytt.")
    if any("apiUrl" in one or "supplierEntries" in one for one in found):
        raise TariffError(
            f"{file}: är katalogens svar: den säger vilket nätbolag som har vilken adress, inga priser. Hämta "
            "/tariffs från den adress (apiUrl) som står i filen."
        )
    if any("priceList" in one for one in found):
        raise TariffError(f"{file}: är timpriser för en priskomponent, ingen tariff. Hämta /tariffs från nätbolaget.")
    if not found or not any(group in one for one in found for group in GROUPS):
        raise TariffError(f"{file}: innehåller inga tariffer. Väntat: svaret från /tariffs, med {', '.join(GROUPS)}.")
    return found


def _order(one: Node) -> tuple[str, ...]:
    keys = ("companyOrgNo", "companyName", "product", "name", "id")
    return (*(text_of(one, key) for key in keys), text_of(table_of(one, "validPeriod"), "fromIncluding"), repr(one))


def _imported(one: Node, patterns: Mapping[str, Pattern], file: str) -> Imported:
    name = text_of(one, "name") or text_of(one, "product") or "Tariff utan namn"
    tariff: Tariff | None = None
    try:
        span, told = _span(one, patterns)
        tariff = Tariff(span, text_of(one, "timeZone"), text_of(one, "billingPeriod"), vat_rate(span.first))
        for remark in told:
            tariff.tell("warning", "eltariff_valid_period", remark)
        components, refused = _components(one, tariff)
        if not components:
            raise Refused("ingen priskomponent kunde föras över")
        _tell_shape(one, tariff)
        _tell_overlaps(components, tariff)
        price_list, notes = _price_list(one, name, tariff, components, bool(refused), file)
        return Imported(name, price_list, not refused, _findings(name, tariff), notes)
    except (Refused, TariffError) as error:
        finding = Finding("eltariff_refused", "error", f"{name}: förs inte över: {clean(str(error))}.")
        told_before = _findings(name, tariff) if tariff else ()
        return Imported(name, None, False, (*told_before, finding))


def _findings(name: str, tariff: Tariff) -> tuple[Finding, ...]:
    levels = ("error", "warning", "info")
    return tuple(
        Finding(rule, cast(Literal["info", "warning", "error"], level), f"{name}: {message}.")
        for level, rule, message in sorted(tariff.told, key=lambda one: levels.index(one[0]))
    )


def _span(one: Node, patterns: Mapping[str, Pattern]) -> tuple[Span, list[str]]:
    """Return when the tariff is valid, and remarks: from its own period, else from that of its components."""
    if text_of(one, "direction") not in ("consumption", ""):
        raise Refused(f"tariffen gäller {shown(text_of(one, 'direction'))}; Energibok prissätter uttag (consumption)")
    period, told = table_of(one, "validPeriod"), []
    if not period:
        period = table_of(table_of(one, "fixedPrice"), "validPeriod") or _widest(one)
        told.append("giltighetstid saknas; läst ur priskomponenternas")
    first, end = day_of(period, "fromIncluding"), day_of(period, "toExcluding")
    if first is None:
        raise Refused("första giltighetsdagen (validPeriod.fromIncluding) saknas")
    if end is None:
        end = day_of(_widest(one), "toExcluding") or NO_END
        told.append(f"sista giltighetsdagen saknas; listan sägs gälla till {end}, tills den kortas (valid_to)")
    if end <= first:
        raise Refused(f"tariffen slutar {end}, före sin första dag {first}")
    return Span(first, end, patterns), told


def _widest(one: Node) -> Node:
    """Return the period from the first to the last day of any component."""
    periods = [table_of(part, "validPeriod") for group in GROUPS for part in _parts(table_of(one, group))]
    edges = [(day_of(p, "fromIncluding"), day_of(p, "toExcluding")) for p in periods if p]
    starts, ends = [a for a, _ in edges if a], [b for _, b in edges if b]
    found = {"fromIncluding": min(starts).isoformat()} if starts else {}
    return found | ({"toExcluding": max(ends).isoformat()} if ends and len(ends) == len(edges) else {})


def _parts(group: Node) -> list[Node]:
    """Return the components of a group; in version 0.2 a fixed price is its own only one."""
    parts = tables_of(group, "components")
    return parts if parts or "components" in group or not ("price" in group or "priceExVat" in group) else [group]


def _components(one: Node, tariff: Tariff) -> tuple[list[dict[str, Any]], list[str]]:
    """Return the components that could be carried over, and the labels of those that could not."""
    found, refused = [], []
    for group in GROUPS:
        table = table_of(one, group)
        try:
            parts = _parts(table)
            if parts:
                check_cost_function(group, table)
        except Refused as error:
            refused.append(group)
            tariff.tell("error", "eltariff_refused", f"{group} förs inte över: {error}")
            continue
        for part in parts:
            try:
                found.append(component_of(group, table, part, tariff))
            except Refused as error:
                label = text_of(part, "name") or group
                refused.append(label)
                tariff.tell("error", "eltariff_refused", f"«{label}» förs inte över: {error}")
    for group, table in one.items():
        if group.endswith("Price") and group not in GROUPS and isinstance(table, Mapping) and table.get("components"):
            refused.append(clean(group))
            tariff.tell("error", "eltariff_refused", f"{shown(group)} förs inte över: okänd sorts pris")
    return found, refused


def _tell_shape(one: Node, tariff: Tariff) -> None:
    if "published" not in one:
        tariff.tell("info", "eltariff_shape", "är skriven i en äldre form av Eltariff-API (före 0.3)")
    for group in GROUPS:
        if not table_of(one, group).get("components") and group == "powerPrice":
            tariff.tell("info", "eltariff_shape", "har inget effektpris")
    if not tariff.zone:
        tariff.tell("info", "eltariff_clock", "tidszon saknas; läst som Europe/Stockholm")


def _tell_overlaps(components: Sequence[dict[str, Any]], tariff: Tariff) -> None:
    """Tell components that charge the same thing in the same months: they are added, as costFunction says."""
    for one, other in combinations(components, 2):
        if one["component"] == other["component"] and one["determinant"] == other["determinant"]:
            months = sorted(set(one.get("months", range(1, 13))) & set(other.get("months", range(1, 13))))
            if months and ("months" in one or "months" in other):
                tariff.tell(
                    "warning", "eltariff_overlap",
                    f"«{one['label']}» och «{other['label']}» gäller båda månad {', '.join(map(str, months))} och "
                    "läggs ihop",
                )  # fmt: skip


def _price_list(
    one: Node, name: str, tariff: Tariff, components: list[dict[str, Any]], partial: bool, file: str
) -> tuple[PriceList, str]:
    company = text_of(one, "companyName") or text_of(one, "companyOrgNo") or "elnät"
    family = slug("eltariff", company, text_of(one, "product") or name)
    first = tariff.span.first
    of_year = f"{first.year}" if (first.month, first.day) == (1, 1) else first.isoformat()
    published = text_of(one, "published") or text_of(one, "lastUpdated")
    source = f"{company}, Eltariff-API, tariff {text_of(one, 'id') or name}"
    source += (f", publicerad {published[:10]}" if published else "") + f", ur filen {clean(file)}"
    remarks = [message for level, _, message in tariff.told if level != "info"]
    notes = " ".join(f"{message[:1].upper()}{message[1:]}." for message in remarks)
    found = PriceList(
        id=f"{family}-{of_year}",
        family=family,
        name=f"{company}: {name}" + (" (OFULLSTÄNDIG)" if partial else ""),
        carrier="electricity",
        valid_from=first,
        valid_to=tariff.span.end,
        source=source,
        synthetic=False,
        components=tuple(components),
    )
    told = f"{text_of(one, 'description')} {notes}".strip()
    return _validated(found, told), told


def _validated(found: PriceList, notes: str) -> PriceList:
    """Return the list as it is when it has been written and read back."""
    draft = replace(found, components=())
    keys = {"component": "", "label": "", "determinant": {}, "price": {}}
    ordered = tuple({**{k: one[k] for k in keys}, **({"months": one["months"]} if "months" in one else {})}
                    for one in found.components)  # fmt: skip
    return read_price_list(to_toml(replace(draft, components=ordered, notes=notes)), found.id)


def _told_apart(found: list[Imported]) -> list[Imported]:
    """Return the same with ids that differ: the second list of an id is told by a number, and said."""
    seen: dict[str, int] = {}
    out = []
    for one in found:
        if one.price_list is None:
            out.append(one)
            continue
        number = seen[one.price_list.id] = seen.get(one.price_list.id, 0) + 1
        if number > 1:
            family, of_list = (f"{text}-{number}" for text in (one.price_list.family, one.price_list.id))
            message = (
                f"{one.name}: samma bolag, produkt och första dag som en annan tariff i filen; heter här {of_list}."
            )
            told = Finding("eltariff_same_product", "warning", message)
            named = replace(one.price_list, id=of_list, family=family)
            one = replace(one, price_list=named, findings=(*one.findings, told))
        out.append(one)
    return out


def slug(*words: str) -> str:
    """Return words as one name of a-z, 0-9 and hyphens, at most 80 characters, for ids and file names."""
    plain = unicodedata.normalize("NFKD", " ".join(words)).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:80].strip("-") or "tariff"


__all__ = ["Imported", "read_eltariff", "slug"]
