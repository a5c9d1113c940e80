"""The Prefect flow of the month: ingest -> analyse -> publish. Works with no server; recorded when one runs."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from prefect import flow, task

from flows.month import analyse_step, ingest_step, publish_step

# The steps are safe to repeat: what is loaded stays loaded, and tables are replaced in one transaction.
ingest_task = task(name="läs in")(ingest_step)
analyse_task = task(name="räkna")(analyse_step)
publish_task = task(name="publicera", retries=1)(publish_step)


@flow(name="energibok-monthly", validate_parameters=False)
def monthly(home: str, until: date | None = None) -> dict[str, Path]:
    """Run the month on a home and return where site, workbook and letter lie."""
    place = Path(home)
    ingest_task(place)
    analyse_task(place, until)
    places: dict[str, Path] = publish_task(place, again=False)
    return places
