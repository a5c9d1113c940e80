"""The Prefect flow of the month: ingest -> analyse -> publish. Works with no server; recorded when one runs."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from prefect import flow, task

from flows.month import analyse_step, ingest_step, publish_step

# The steps are safe to repeat: what is loaded stays loaded, and tables are replaced in one transaction.
ingest_task = task(ingest_step, name="läs in", retries=0)
analyse_task = task(analyse_step, name="räkna", retries=0)
publish_task = task(publish_step, name="publicera", retries=1)


@flow(name="energibok-monthly", validate_parameters=False)
def monthly(home: str, until: date | None = None) -> dict[str, Path]:
    """Run the month on a home and return where site, workbook and letter lie."""
    place = Path(home)
    ingest_task(place)
    analyse_task(place, until)
    return publish_task(place)
