"""`energibok fetch weather|prices`: what SMHI and the price publishers have, put in the inbox as ordinary files.

What came stays, whatever failed after it. A day that lies in the inbox is not asked for again.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from urllib.parse import quote
from zoneinfo import ZoneInfo

from energy.calendar import CIVIL_TIME
from energy.errors import SettingsError, StoreError
from flows.answers import emit
from flows.intake.download import Downloader, Missing, Refused, Unchanged, Unreachable
from flows.settings.load import load_settings
from flows.settings.model import Settings

LATEST_DAYS, ARCHIVE_DAYS = 125, 90  # the latest months reach this far back; the archive ends this long ago
STEP = 10  # days of prices between two words of progress
FAILURES = 3  # days in a row that fail before the publisher is left alone

Say = Callable[[str], None]


@dataclass(frozen=True)
class Wanted:
    """One file to fetch: where from, the name it gets in the inbox, the source that must know it."""

    url: str
    file_name: str
    source: str
    what: str  # Swedish, for messages
    may_be_missing: bool = False  # not published yet: no error


@dataclass(frozen=True)
class Fetched:
    """What became of one file: fetched, unchanged, not_published or failed."""

    file_name: str
    status: str
    size_bytes: int | None = None
    message: str | None = None


def run(arguments: argparse.Namespace) -> int:
    """Fetch and print what came; status 1 where something failed, 3 where nothing could be fetched at all."""
    first, last = _day(arguments.first, "--from"), _day(arguments.last, "--to")
    if first and last and first > last:
        raise SettingsError(f"--from {first} är efter --to {last}.")
    settings = load_settings(arguments.home)
    today = datetime.now(ZoneInfo(CIVIL_TIME)).date()
    with Downloader(arguments.home, settings.fetch, today) as downloader:
        wanted = list(plan(arguments.home, settings, arguments.what, first, last, today))
        results = fetch(downloader, wanted, _say)
    shown = [asdict(r) for r in (results if arguments.json else few(results))]
    emit(arguments, {"files": shown}, {"files": ["file_name", "status", "size_bytes", "message"]})
    if not arguments.json:
        if len(shown) < len(results):
            print(f"{len(results) - len(shown)} filer till misslyckades likadant (--json ger alla).")
        print(_sums(results, arguments.home))
    failed = any(r.status == "failed" for r in results)
    return 0 if not failed else 1 if any(r.status in ("fetched", "unchanged") for r in results) else 3


def few(results: list[Fetched]) -> list[Fetched]:
    """Return the results without failures beyond the first `FAILURES` in a row: a dead network is told once."""
    kept, run_of = [], 0
    for one in results:
        run_of = run_of + 1 if one.status == "failed" else 0
        kept += [one] if run_of <= FAILURES else []
    return kept


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def _day(told: str | None, option: str) -> date | None:
    """Return a day written YYYY-MM-DD. Raises SettingsError on anything else."""
    if told is None:
        return None
    try:
        if not re.fullmatch(r"\d{4}-\d\d-\d\d", told):
            raise ValueError(told)
        return date.fromisoformat(told)
    except ValueError:
        raise SettingsError(f"{option} {told!r} är ingen dag. Skriv ÅÅÅÅ-MM-DD, till exempel 2024-01-31.") from None


# --- what to fetch -----------------------------------------------------------------------------------------------


def plan(
    home: Path, settings: Settings, what: str, first: date | None, last: date | None, today: date
) -> Iterator[Wanted]:
    """Yield the files of `what` (weather or prices) for the days from `first` to `last`, both included."""
    if what == "weather":
        yield from _weather(settings, first, last, today)
        return
    if settings.fetch.fx_url:
        yield Wanted(settings.fetch.fx_url, "priser/ecb_valutakurser.csv", "ecb", "ECB:s växelkurser")
    first = first or _next_day(home, settings.spot_area) or (today.replace(day=1) - timedelta(days=1)).replace(day=1)
    last = min(last or today + timedelta(days=1), today + timedelta(days=1))
    there = _days_in_inbox(home, settings.spot_area)
    for number in range((last - first).days + 1):
        day = first + timedelta(days=number)
        if day not in there:
            yield _price_day(settings, day, today)


def _weather(settings: Settings, first: date | None, last: date | None, today: date) -> Iterator[Wanted]:
    """Yield the checked archive and the latest months of every facility's station, as far as the days need them."""
    if not settings.facility:
        raise SettingsError("ingen anläggning är angiven, så ingen väderstation. Lägg till en [[facility]].")
    for station in sorted({f.weather_station for f in settings.facility}):
        where = f"{settings.fetch.weather_url.rstrip('/')}/parameter/1/station/{quote(station, safe='')}/period"
        name = f"vader/smhi_{re.sub(r'[^A-Za-z0-9-]', '_', station)[:40]}_p1"
        words = f"SMHI:s temperaturer från station {station}"
        if first is None or first < today - timedelta(days=ARCHIVE_DAYS):
            url = f"{where}/corrected-archive/data.csv"
            yield Wanted(url, f"{name}_corrected-archive.csv", "smhi", f"{words}, arkivet")
        if last is None or last >= today - timedelta(days=LATEST_DAYS):
            url = f"{where}/latest-months/data.json"
            yield Wanted(url, f"{name}_latest-months.json", "smhi_json", f"{words}, senaste månaderna")


def _price_day(settings: Settings, day: date, today: date) -> Wanted:
    url = f"{settings.fetch.prices_url.rstrip('/')}/{day:%Y/%m-%d}_{settings.spot_area}.json"
    name = f"priser/elprisetjustnu_{day}_{settings.spot_area}.json"
    return Wanted(url, name, "elprisetjustnu", f"elpriser {day}", may_be_missing=day > today)


def _days_in_inbox(home: Path, area: str) -> set[date]:
    """Return the days of prices whose files lie in the inbox, whatever folder they were moved to."""
    names = (path.name for path in (home / "inbox").rglob(f"elprisetjustnu_*_{area}*.json") if path.is_file())
    found = (re.match(r"elprisetjustnu_(\d{4}-\d\d-\d\d)_", name) for name in names)
    return {date.fromisoformat(match[1]) for match in found if match}


def _next_day(home: Path, area: str) -> date | None:
    """Return the first day without prices after the last one known in the inbox or the published store."""
    from flows.store import Store

    days = [day + timedelta(days=1) for day in _days_in_inbox(home, area)]
    try:
        with Store.read(home) as store:
            if "spot_hourly" in store.tables("core"):
                ((last,),) = store.rows("select max(start_utc) from core.spot_hourly where area = ?", [area])
                after = last and (last.replace(tzinfo=UTC) + timedelta(hours=1)).astimezone(ZoneInfo(CIVIL_TIME))
                days += [after.date()] if after else []
    except StoreError:
        pass  # nothing published yet: the inbox alone tells
    return max(days, default=None)


# --- fetching ----------------------------------------------------------------------------------------------------


def fetch(downloader: Downloader, wanted: list[Wanted], say: Say) -> list[Fetched]:
    """Return one result per file, in order; a host that cannot be reached is not asked again."""
    results: list[Fetched] = []
    gone: dict[str, str] = {}  # host -> why it is left alone
    failures: dict[str, int] = {}  # host -> files in a row that failed
    for number, each in enumerate(wanted, start=1):
        if number % STEP == 0 or number == len(wanted) or len(wanted) <= STEP:
            say(f"hämtar … {number} av {len(wanted)} ({each.what})")
        host = each.url.split("/")[2] if each.url.count("/") > 2 else each.url
        if host in gone:
            results.append(Fetched(each.file_name, "failed", message=f"{each.what}: inte hämtad, {gone[host]}"))
            continue
        found, lost = _one(downloader, each)
        results.append(found)
        failures[host] = failures.get(host, 0) + 1 if found.status == "failed" else 0
        if lost or failures[host] >= FAILURES:
            gone[host] = f"{host} går inte att nå." if lost else f"{host} svarade fel {FAILURES} gånger i rad."
    return results


def _one(downloader: Downloader, each: Wanted) -> tuple[Fetched, bool]:
    """Return (what became of one file, whether its host cannot be reached)."""
    try:
        name, size = downloader.into_inbox(each.url, each.file_name, each.source)
    except Unchanged as same:
        return Fetched(str(same), "unchanged", message=f"{each.what}: oförändrad sedan förra gången."), False
    except Missing as error:
        if each.may_be_missing:
            return Fetched(each.file_name, "not_published", message=f"{each.what}: inte publicerad än."), False
        return Fetched(each.file_name, "failed", message=f"{each.what}: {error}"), False
    except Unreachable as error:
        words = f"{each.what}: inte hämtad, {error} Kontrollera nätet och kör om; allt annat fungerar utan."
        return Fetched(each.file_name, "failed", message=words), True
    except Refused as error:
        return Fetched(each.file_name, "failed", message=f"{each.what}: {error}"), False
    return Fetched(name, "fetched", size), False


def _sums(results: list[Fetched], home: Path) -> str:
    counts = {s: sum(r.status == s for r in results) for s in ("fetched", "unchanged", "not_published", "failed")}
    text = (
        "{fetched} filer hämtade, {unchanged} oförändrade, {not_published} inte publicerade än, {failed} misslyckades"
    )
    end = f" Läs in dem: energibok ingest --home {home}" if counts["fetched"] else ""
    return "Inget att hämta: allt finns redan." if not results else f"{text.format(**counts)}.{end}"
