"""Marts -> site, workbook and letter in the home's folder `published`, replaced as a whole."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Mapping
from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import polars as pl

from dashboards import letter, site, workbook
from dashboards.options import SiteOptions
from energy.accounts.postings_csv import postings_csv
from flows.settings.load import Settings
from flows.store import Store


def publish(store: Store, settings: Settings, progress: Callable[[str], None] = lambda _: None) -> dict[str, Path]:
    """Write everything people look at from the published marts; return Swedish name -> path.

    The old publication stands until the new one is whole.
    """
    marts = {name: store.table(f"marts.{name}") for name in store.tables("marts")}
    target, partial = store.home / "published", store.home / "published.part"
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True)
    month, book, pdf = _names(marts, settings)
    entries = f"Periodisering_{month}.csv" if marts["accrual_postings"].height else None
    options = SiteOptions(
        language=settings.language,
        amount_unit=settings.amount_unit,
        organisation=settings.organisation,
        synthetic=settings.synthetic,
        generated_text=f"{datetime.now(ZoneInfo('Europe/Stockholm')):%Y-%m-%d %H:%M}",
        workbook_href=f"../{book}",
        letter_href=f"../{pdf}",
        postings_href=f"../{entries}" if entries else None,
    )
    progress("skriver sidorna …")
    for place, content in site.build(marts, options).items():
        path = partial / "site" / place
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8", newline="\n")
    progress("skriver arbetsboken …")
    (partial / book).write_bytes(workbook.build(marts, options))
    progress("skriver brevet …")
    (partial / pdf).write_bytes(letter.build(marts, options))
    if entries:
        (partial / entries).write_bytes(postings_csv(marts["accrual_postings"]))
    _swap(partial, target)
    return {"Sidor": target / "site" / "index.html", "Arbetsbok": target / book, "Brev": target / pdf}


def places(home: Path) -> dict[str, Path]:
    """Return what is published now, Swedish name -> path; empty where any part of it is missing."""
    target = home / "published"
    found = {
        "Sidor": [target / "site" / "index.html"],
        "Arbetsbok": list(target.glob("Energibok_*.xlsx")),
        "Brev": list(target.glob("Sammanfattning_*.pdf")),
    }
    whole = all(len(paths) == 1 and paths[0].is_file() for paths in found.values())
    return {name: paths[0] for name, paths in found.items()} if whole else {}


def _names(marts: Mapping[str, pl.DataFrame], settings: Settings) -> tuple[str, str, str]:
    """Return the month and the file names of workbook and letter: what, month, whose; safe on every file system."""
    months = [found for found in marts["monthly_cost"]["month"].to_list() if isinstance(found, date)]
    month = f"{max(months):%Y-%m}" if months else "utan-data"
    owner = re.sub(r"[^\w-]+", "_", settings.organisation, flags=re.UNICODE).strip("_") or "hem"
    return month, f"Energibok_{month}_{owner}.xlsx", f"Sammanfattning_{month}_{owner}.pdf"


def _swap(partial: Path, target: Path) -> None:
    """Put the new publication in place of the old one."""
    old = target.with_name("published.old")
    shutil.rmtree(old, ignore_errors=True)
    if target.exists():
        target.rename(old)
    partial.rename(target)
    shutil.rmtree(old, ignore_errors=True)
