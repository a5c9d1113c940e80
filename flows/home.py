"""A home: made empty (`init`), made synthetic (`demo`), looked over (`doctor`)."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from difflib import get_close_matches
from fnmatch import fnmatch
from pathlib import Path

from energy.errors import EnergibokError, SettingsError
from energy.model import PriceList
from flows.settings.load import SETTINGS_FILE, ContractTable, Settings, load_settings

Check = tuple[str, str, str]  # (ok | fel | varning | info, what, text)
TEMPLATE = Path(__file__).with_name("template.toml")


def init(arguments: argparse.Namespace) -> int:
    """Write a commented home in a folder that does not hold one; never overwrite anything."""
    home: Path = arguments.dir
    if (home / SETTINGS_FILE).exists():
        raise SettingsError(f"{home / SETTINGS_FILE} finns redan. Inget är ändrat.")
    for folder in ("inbox", "tariffs"):
        (home / folder).mkdir(parents=True, exist_ok=True)
    (home / SETTINGS_FILE).write_text(TEMPLATE.read_text(encoding="utf-8"), encoding="utf-8")
    if arguments.json:
        print(json.dumps({"command": "init", "home": str(home), "settings": str(home / SETTINGS_FILE)}))
    else:
        print(f"Skapade {home}. Gå igenom {home / SETTINGS_FILE}, lägg prislistor i {home / 'tariffs'} och filer i")
        print(f"{home / 'inbox'}. Kör sedan: energibok doctor --home {home}")
    return 0


def demo(arguments: argparse.Namespace) -> int:
    """Write the synthetic facility as source files and, unless told not to, run everything on it."""
    from energy.demo import files

    home: Path = arguments.dir
    written = home / ".synthetic"
    if home.exists() and any(home.iterdir()) and not written.exists():
        raise SettingsError(f"{home} är inte tom och ingen tidigare demo. Välj en annan mapp; inget är ändrat.")
    print(f"Skriver en syntetisk anläggning i {home} …", file=sys.stderr)
    for name, data in files(arguments.seed).items():
        path = home / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    written.write_text("skriven av energibok demo\n", encoding="utf-8")
    if arguments.files_only:
        return 0
    from flows.month import run_monthly

    arguments.home, arguments.month, arguments.all, arguments.wait = home, None, True, 0
    return run_monthly(arguments)


def doctor(arguments: argparse.Namespace) -> int:
    """Check settings, price lists, inbox and environment; status 2 where something must be mended."""
    home: Path = arguments.home
    checks: list[Check] = []
    if home.is_dir():
        checks += _of_home(home)
    else:
        what = "är ingen mapp" if home.exists() else "finns inte"
        todo = f"Skapa ett hem med «energibok init {home}» eller peka ut ett med --home"
        checks.append(("fel", "hem", f"{home.absolute()} {what}. {todo}"))
    checks += _of_environment(home)
    broken = any(level == "fel" for level, _, _ in checks)
    if arguments.json:
        rows = [{"level": level, "what": what, "message": text} for level, what, text in checks]
        print(json.dumps({"command": "doctor", "ok": not broken, "checks": rows}, ensure_ascii=False))
    else:
        for level, what, text in checks:
            print(f"{level.upper():8} {what:14} {text}")
    return 2 if broken else 0


def _of_home(home: Path) -> list[Check]:
    try:
        settings = load_settings(home)
    except SettingsError as error:
        return [("fel", "inställningar", line) for line in str(error).splitlines()]
    out: list[Check] = [("ok", "inställningar", f"{home / SETTINGS_FILE} är giltig")]
    if not settings.facility:
        text = f"ingen anläggning är angiven: lägg till en [[facility]] och dess [[metering_point]] i {SETTINGS_FILE}"
        out.append(("varning", "inställningar", text))
    from flows.home_books import of_books
    from flows.settings.store_meters import doubtful_meters, lacking_meters

    doubts = (*doubtful_meters(settings), *lacking_meters(settings))
    out += [("varning", "inställningar", text) for text in doubts]
    return out + _of_tariffs(home, settings) + of_books(home, settings) + _of_inbox(home, settings)


def _of_tariffs(home: Path, settings: Settings) -> list[Check]:
    from flows.analysis.dimensions import price_lists

    try:
        lists = price_lists(home)
    except EnergibokError as error:
        return [("fel", "prislistor", line) for line in str(error).splitlines()]
    families = sorted({found.family for found in lists})
    counted = f"{_count(len(lists), 'prislista', 'prislistor')} i {_count(len(families), 'familj', 'familjer')}"
    out: list[Check] = [("ok", "prislistor", counted)]
    out += [("fel", "prislistor", text) for text in _twice_or_overlapping(home, lists)]
    for number, contract in enumerate(settings.contract, start=1):
        family = [one for one in lists if one.family == contract.family]
        if family:
            out += _of_contract(f"contract[{number}] ({contract.metering_point})", contract, family)
            continue
        known = ", ".join(families) or "inga"
        text = f"{contract.metering_point} pekar på «{contract.family}», som inte finns i tariffs/ (finns: {known})"
        out.append(("fel", "prislistor", text))
    return out


def _twice_or_overlapping(home: Path, lists: Sequence[PriceList]) -> Iterator[str]:
    """Yield a line for each list that is there twice and for each family with lists that overlap."""
    from energy.tariffs.pricelist import check_overlaps

    names = [path.name for path in sorted((home / "tariffs").glob("*.toml"))]  # the order of price_lists
    once: dict[str, str] = {}
    kept: list[PriceList] = []
    for name, found in zip(names, lists, strict=True):
        if found.id in once:
            yield f"prislistan {found.id} finns två gånger: {once[found.id]} och {name}. Ta bort den ena eller ändra id"
        else:
            once[found.id] = name
            kept.append(found)
    for family in sorted({found.family for found in kept}):
        try:
            check_overlaps([found for found in kept if found.family == family])
        except EnergibokError as error:
            yield str(error)


def _of_contract(key: str, contract: ContractTable, family: Sequence[PriceList]) -> Iterator[Check]:
    """Yield what is wrong between a contract and the lists of its family: options, and months without a list."""
    from energy.tariffs.pricelist import known_options

    known = sorted(frozenset().union(*map(known_options, family)))
    for option in sorted(set(contract.options) - set(known)):
        near = get_close_matches(option, known, n=1)
        hint = f" Menade du «{near[0]}»?" if near else ""
        text = f"{key}: valet «{option}» betyder inget i familjen «{contract.family}».{hint} Kända: {', '.join(known)}"
        yield ("fel", "prislistor", text)
    last = min(contract.valid_to, max(found.valid_to for found in family), datetime.now(UTC).date())
    bare = []
    month = contract.valid_from.replace(day=1)
    while month < last:
        day = max(month, contract.valid_from)
        if not any(found.valid_from <= day < found.valid_to for found in family):  # more than one: told elsewhere
            bare.append(f"{month:%Y-%m}")
        month = (month + timedelta(days=31)).replace(day=1)
    if bare:
        months = bare[0] if len(bare) == 1 else f"{_count(len(bare), 'månad', 'månader')}, {bare[0]} till {bare[-1]}"
        text = (
            f"{key}: ingen prislista i familjen «{contract.family}» gäller {months}; de månaderna kan inte prissättas"
        )
        yield ("varning", "prislistor", text)


def _count(number: int, one: str, many: str) -> str:
    return f"{number} {one if number == 1 else many}"


def _of_inbox(home: Path, settings: Settings) -> list[Check]:
    inbox = home / "inbox"
    names = [p.relative_to(inbox).as_posix() for p in inbox.rglob("*") if p.is_file()] if inbox.is_dir() else []
    if not names:
        return [("varning", "inkorg", f"{inbox} är tom: lägg mätvärden, väder, priser och fakturor där")]
    out: list[Check] = [("ok", "inkorg", f"{_count(len(names), 'fil', 'filer')}")]
    for rule in settings.source:
        if not any(fnmatch(name, rule.match) for name in names):
            out.append(("varning", "inkorg", f"ingen fil passar regeln {rule.name}: {rule.match}"))
    return out


def _of_environment(home: Path) -> list[Check]:
    out: list[Check] = []
    version = ".".join(map(str, sys.version_info[:3]))
    out.append(("ok" if sys.version_info >= (3, 11) else "fel", "miljö", f"Python {version}"))
    if home.is_dir():
        writable = os.access(home, os.W_OK)
        out.append(("ok" if writable else "fel", "miljö", f"{home} går {'' if writable else 'inte '}att skriva i"))
    return out
