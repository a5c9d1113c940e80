"""Reading hostile XML safely: the parser, the namespaces of UBL 2.1, and texts, numbers and dates of elements.

What the fields mean is not known here; `energy.sources.invoices.peppol` knows it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any
from xml.parsers import expat  # looks at the prolog only, and stops there

from lxml import etree

from energy.errors import SourceError
from energy.sources.base import refuse_empty

__all__ = ["CAC", "CBC", "Element", "Unreadable", "as_date", "as_decimal", "day", "find", "number", "parse", "text"]

Element = Any  # lxml ships no types
NAMESPACE = "urn:oasis:names:specification:ubl:schema:xsd:"
CAC = f"{{{NAMESPACE}CommonAggregateComponents-2}}"
CBC = f"{{{NAMESPACE}CommonBasicComponents-2}}"

_DECIMAL = re.compile(r"[+-]?(?:[0-9]+(?:[.][0-9]*)?|[.][0-9]+)")
_DATE = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})(?:Z|[+-][0-9]{2}:[0-9]{2})?")
_DIGITS = 28  # the precision of Decimal: more digits than that is no amount


class Unreadable(Exception):  # noqa: N818 - an inner signal, turned into a rejected row or a finding
    """A field holds something else than its type; carries the rule and what was found, in Swedish."""

    def __init__(self, rule: str, message: str) -> None:
        super().__init__(message)
        self.rule = rule


class _Prolog(Exception):  # noqa: N818 - stops the prolog scan
    pass


def _stop(*_: object) -> None:
    raise _Prolog


def _refuse_doctype(data: bytes, name: str) -> None:
    """Raise SourceError when a DOCTYPE stands before the root element; nothing in it is read or expanded.

    A byte search would be fooled by UTF-16 or by a comment, hence a real parser, stopped at the first element.
    """

    def doctype(*_: object) -> None:
        raise SourceError.from_file(
            name,
            "XML-filen har en DOCTYPE (kan dölja externa entiteter); sådant tillåts inte.",
            "Filen har inte lästs. Be avsändaren om den utan DOCTYPE.",
        )

    scan = expat.ParserCreate()
    scan.StartDoctypeDeclHandler = doctype
    scan.StartElementHandler = _stop
    try:
        scan.Parse(data, True)
    except _Prolog:
        return
    except (expat.ExpatError, ValueError, LookupError) as error:
        line = getattr(error, "lineno", None) or 1
        raise _not_well_formed(name, line) from error


def _not_well_formed(name: str, line: int) -> SourceError:
    return SourceError.from_file(
        name,
        f"är inte välformad XML (fel vid rad {line}); filen kan vara avhuggen eller skadad.",
        "Hämta filen på nytt och lägg den i inkorgen igen.",
    )


def parse(data: bytes, name: str) -> tuple[Element, str]:
    """Return (root element, encoding) of an XML document without DTD, entities or network.

    Comments and processing instructions are dropped, so that ``1<!-- -->2`` reads as 12. Raises SourceError for a
    DOCTYPE, and, with the line, for a document that is not well-formed.
    """
    refuse_empty(data, name)
    _refuse_doctype(data, name)
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, remove_comments=True, remove_pis=True
    )
    try:
        root = etree.fromstring(data, parser)
    except etree.XMLSyntaxError as error:
        if error.code == etree.ErrorTypes.ERR_RESOURCE_LIMIT:
            raise SourceError.from_file(
                name,
                f"vid rad {error.lineno or 1} står en text över 10 MB eller över 250 element i varandra.",
                "Be avsändaren om fakturan utan inbäddade bilagor.",
            ) from error
        raise _not_well_formed(name, error.lineno or 1) from error
    except (ValueError, LookupError) as error:
        raise _not_well_formed(name, 1) from error
    info = root.getroottree().docinfo
    if info.internalDTD is not None:  # belt and braces: the two parsers could disagree on where the prolog ends
        raise SourceError.from_file(name, "XML-filen har en DOCTYPE.", "Be avsändaren om den utan DOCTYPE.")
    return root, str(info.encoding or "utf-8").lower()


def find(element: Element, *path: str) -> Iterator[Element]:
    """Yield the descendants along `path` of Clark names, in document order."""
    yield from element.iterfind("/".join(path))


def text(element: Element, *path: str) -> str:
    """Return the text of the first descendant along `path`, spaces collapsed; "" where absent or empty."""
    found = element.find("/".join(path)) if path else element
    if found is None:
        return ""
    # joined by a space, so that 12<x/>34 never reads as the number 1234
    whole = " ".join(found.itertext()) if len(found) else found.text or ""
    return " ".join(whole.split())


def as_decimal(found: str, field: str) -> Decimal:
    """Return an xs:decimal. Raises Unreadable for anything else (comma, exponent, NaN, empty, > 28 digits)."""
    if not _DECIMAL.fullmatch(found) or len(found) > _DIGITS:
        raise Unreadable("number", f"{field}: «{found[:40]}» är inte ett tal på formen 1234.56.")
    return Decimal(found)


def as_date(found: str, field: str) -> date:
    """Return an xs:date, its time zone dropped. Raises Unreadable for anything else."""
    match = _DATE.fullmatch(found)
    try:
        return date.fromisoformat(match.group(1)) if match else _no_date(found, field)
    except ValueError:
        return _no_date(found, field)


def _no_date(found: str, field: str) -> date:
    raise Unreadable("date", f"{field}: «{found[:40]}» är inte ett datum på formen 2024-01-31.")


def number(element: Element, field: str, *path: str) -> Decimal | None:
    """Return the decimal along `path`, None where the element is absent. Raises Unreadable, also for two of them."""
    found = element.findall("/".join(path))
    if len(found) > 1:
        raise Unreadable("repeated", f"{field} anges {len(found)} gånger.")
    return as_decimal(text(found[0]), field) if found else None


def day(element: Element, field: str, *path: str) -> date | None:
    """Return the date along `path`, None where the element is absent. Raises Unreadable."""
    found = element.find("/".join(path))
    return None if found is None else as_date(text(found), field)
