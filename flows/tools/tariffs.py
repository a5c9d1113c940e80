"""`energibok tariff`: list, show, check, compare, import and export price lists. No figures are made here."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from dashboards import text
from energy.errors import EnergibokError, SettingsError, SourceError, TariffError
from energy.model import Finding, PriceList
from energy.tariffs.pricelist import known_options, read_price_list, to_frame
from energy.tariffs.published import published_price_lists
from flows.answers import plain
from flows.terminal import clean, text_table

PACKAGE = "följer med"
LEVEL_SV = {"error": "fel", "warning": "varning", "info": "upplysning"}
COUNTED_SV = {"error": ("fel", "fel"), "warning": ("varning", "varningar"), "info": ("upplysning", "upplysningar")}
Rows = Sequence[Mapping[str, Any]]


@dataclass(frozen=True)
class Listed:
    """A price list and where it lies: a file's path, or PACKAGE."""

    price_list: PriceList
    where: str


def run(arguments: argparse.Namespace) -> int:
    """Run one action of `energibok tariff` and return its status; texts of its errors are made harmless."""
    from flows.tools import tariff_compare

    actions: dict[str, Callable[[argparse.Namespace], int]] = {
        "list": _list, "show": _show, "check": _check, "compare": tariff_compare.run, "import": _import,
        "export": _export,
    }  # fmt: skip
    try:
        return actions[arguments.action](arguments)
    except EnergibokError as error:
        raise type(error)("\n".join(clean(line) for line in str(error).splitlines())) from error


def catalogue(home: Path) -> list[Listed]:
    """Return the price lists of the home, then those of the package whose id the home does not have."""
    mine = [Listed(read_list(path), f"tariffs/{path.name}") for path in sorted((home / "tariffs").glob("*.toml"))]
    taken = {one.price_list.id for one in mine}
    return mine + [Listed(one, PACKAGE) for one in published_price_lists() if one.id not in taken]


def read_list(path: Path) -> PriceList:
    """Return the price list in a file. Raises SettingsError for an unreadable file, TariffError for its text."""
    try:
        return read_price_list(path.read_text(encoding="utf-8"), path.name)
    except OSError as error:
        raise SettingsError(f"{path}: kan inte läsas: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise SettingsError(f"{path}: är ingen text i UTF-8. Ange en prislista (TOML).") from error


def find(word: str, home: Path) -> PriceList:
    """Return the list a word names: a file, else an id. Raises SettingsError with near words where there is none."""
    found = find_all(word, home)
    if len(found) > 1:
        names = ", ".join(one.id for one in found)
        raise SettingsError(f"«{word}» är en familj med flera prislistor: {names}. Ange en av dem.")
    return found[0]


def find_all(word: str, home: Path) -> list[PriceList]:
    """Return the lists a word names: a file, else an id, else the lists of a family in order of their days."""
    if word.endswith(".toml") or "/" in word or Path(word).is_file():
        return [read_list(Path(word))]
    lists = [one.price_list for one in catalogue(home)]
    found = [one for one in lists if one.id == word] or [one for one in lists if one.family == word]
    if not found:
        names = sorted({one.id for one in lists} | {one.family for one in lists})
        near = get_close_matches(word, names, n=3)
        hint = f" Menade du {' eller '.join(near)}?" if near else ""
        raise SettingsError(f"«{word}» är ingen fil, prislista eller familj.{hint} Se «energibok tariff list».")
    return sorted(found, key=lambda one: one.valid_from)


def emit(arguments: argparse.Namespace, document: Mapping[str, Any], shown: Callable[[], None]) -> None:
    """Print the document as JSON where it is asked for, else what `shown` prints."""
    if not arguments.json:
        shown()
        return
    head = {"command": "tariff", "action": arguments.action}
    print(json.dumps({**head, **document}, default=plain, ensure_ascii=False))


def table(rows: Rows, columns: Mapping[str, str]) -> str:
    """Return rows as a text table under Swedish headings: key -> heading."""
    named = [{heading: row[key] for key, heading in columns.items()} for row in rows]
    return text_table("", named, list(columns.values()))


def swedish(rows: Rows, **kinds: str) -> list[dict[str, Any]]:
    """Return the rows with codes as Swedish words: column=kind of code."""
    return [{**row, **{key: text.code(kind, row[key]) for key, kind in kinds.items()}} for row in rows]


def print_findings(findings: Sequence[Finding]) -> None:
    """Print findings, one a line, worst first as they come."""
    for one in findings:
        print(f"{LEVEL_SV[one.level].upper():12} {clean(one.message)}")


def as_rows(findings: Sequence[Finding]) -> list[dict[str, Any]]:
    """Return findings as plain rows: level, rule, message."""
    return [{"level": one.level, "rule": one.rule, "message": one.message} for one in findings]


def _list(arguments: argparse.Namespace) -> int:
    rows = [
        {"id": one.price_list.id, "family": one.price_list.family, "name": one.price_list.name,
         "carrier": one.price_list.carrier, "valid_from": one.price_list.valid_from,
         "valid_to": one.price_list.valid_to, "synthetic": one.price_list.synthetic, "where": one.where}
        for one in catalogue(arguments.home)
    ]  # fmt: skip
    columns = {"id": "Id", "family": "Familj", "carrier": "Energislag", "valid_from": "Gäller från",
               "valid_to": "Gäller före", "synthetic": "Syntetisk", "where": "Var"}  # fmt: skip
    emit(arguments, {"price_lists": rows}, lambda: print(table(swedish(rows, carrier="carrier"), columns)))
    return 0


def _show(arguments: argparse.Namespace) -> int:
    one = find(arguments.tariff, arguments.home)
    prices = to_frame(one).to_dicts()
    options = sorted(known_options(one))
    head = {key: getattr(one, key) for key in ("id", "family", "name", "carrier", "valid_from", "valid_to", "source",
                                               "synthetic", "sha256")}  # fmt: skip
    columns = {"component": "Del", "label": "Benämning", "determinant": "Metod", "months": "Månader", "band": "Band",
               "fixed": "Fast", "price": "Pris", "unit": "Enhet", "spread": "Fördelas på"}  # fmt: skip

    def shown() -> None:
        print(clean(f"{one.name} ({one.id}), familj {one.family}"))
        print(f"Gäller {one.valid_from} till, men inte med, {one.valid_to}. Exklusive moms.")
        print(clean(f"Källa: {one.source}" + (" SYNTETISK: ingens verkliga priser." if one.synthetic else "")))
        print(f"Avtalet får ange: {', '.join(options)}.\n")
        spreads = [{**row, "spread": {"days": "dagar", "twelfths": "tolftedelar"}.get(row["spread"], "")}
                   for row in swedish(prices, component="component")]  # fmt: skip
        print(table(spreads, columns))

    emit(arguments, {"price_list": {**head, "options": options, "prices": prices}}, shown)
    return 0


def _check(arguments: argparse.Namespace) -> int:
    """Check files together; status 2 where one cannot be read, 1 with findings of level error."""
    from energy.tariffs.check import check

    files: list[Path] = arguments.files or sorted((arguments.home / "tariffs").glob("*.toml"))
    if not files:
        raise SourceError(f"{arguments.home / 'tariffs'}: inga prislistor (*.toml) att kontrollera. Ange filer.")
    lists, broken = [], []
    for path in files:
        try:
            lists.append(read_list(path))
        except (SettingsError, TariffError) as error:
            broken += [Finding("unreadable", "error", line) for line in str(error).splitlines()]
    found = broken + check(lists)

    def shown() -> None:
        print_findings(found)
        numbers = {level: sum(one.level == level for one in found) for level in LEVEL_SV}
        counts = ", ".join(text.counted(count, *COUNTED_SV[level]) for level, count in numbers.items())
        print(f"{text.counted(len(files), 'prislista', 'prislistor')}: {counts}.", file=sys.stderr)

    emit(arguments, {"files": [str(path) for path in files], "findings": as_rows(found)}, shown)
    if broken:
        return 2
    return int(any(one.level == "error" for one in found))


def _import(arguments: argparse.Namespace) -> int:
    """Write what a file of the Eltariff-API holds as our price lists; status 1 where something was left out."""
    from energy.tariffs.eltariff import read_eltariff
    from energy.tariffs.write import to_toml

    try:
        imported = read_eltariff(arguments.file.read_bytes(), arguments.file.name)
    except OSError as error:
        raise SettingsError(f"{arguments.file}: kan inte läsas: {error.strerror}.") from error
    folder: Path = arguments.out or arguments.home / "tariffs"
    rows: list[dict[str, Any]] = []
    for one in imported:
        listed = one.price_list
        path = folder / f"{listed.id}.toml" if listed and (one.complete or arguments.partial) else None
        written = _write(path, to_toml(listed)) if path and listed else "inte skriven: ofullständig"
        rows.append({"name": one.name, "id": listed.id if listed else None, "complete": one.complete,
                     "file": str(path) if path else None, "written": written,
                     "findings": as_rows(one.findings)})  # fmt: skip

    def shown() -> None:
        for one, row in zip(imported, rows, strict=True):
            print_findings(one.findings)
            print(clean(f"{row['name']}: {row['file'] or ''} {row['written']}"))
        if not all(one.complete for one in imported):
            print("En ofullständig lista ger för låg räkning; --partial skriver den ändå.", file=sys.stderr)

    emit(arguments, {"tariffs": rows}, shown)
    kept = any(row["written"] == KEPT for row in rows)
    return int(kept or any(one.level == "error" for each in imported for one in each.findings))


KEPT = "finns redan med annat innehåll och är inte ändrad"


def _write(path: Path, content: str) -> str:
    """Write a file that is not there and return what was done; never change one that is."""
    try:
        if path.exists():
            return "finns redan, likadan" if path.read_bytes() == content.encode() else KEPT
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8", newline="\n")
    except OSError as error:
        raise SettingsError(f"{path}: kan inte skrivas: {error.strerror}.") from error
    return "skriven"


def _export(arguments: argparse.Namespace) -> int:
    from energy.tariffs.write import to_toml

    one = find(arguments.tariff, arguments.home)
    content = to_toml(one)
    done = _write(arguments.out, content) if arguments.out else None
    message = f"{arguments.out}: {done}." if arguments.out else content.rstrip("\n")
    emit(arguments, {"id": one.id, "file": str(arguments.out) if done else None, "written": done, "toml": content},
         lambda: print(message))  # fmt: skip
    return int(done == KEPT)
