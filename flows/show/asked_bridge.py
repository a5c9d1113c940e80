"""A bridge between any two periods on demand: the published store, the frozen baselines, nothing written."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from energy.errors import InsufficientData
from energy.model import PriceList
from flows.analysis import figures
from flows.analysis.dimensions import price_lists
from flows.analysis.figures import Rows
from flows.analysis.inputs import FacilityInputs
from flows.answers import must_exist
from flows.project.bridges import ASKED_DRAWS, Bridges, Comparison
from flows.project.projects import Projects
from flows.settings.load import Facility, Settings, load_settings
from flows.store import Store

Progress = Callable[[str], None]


def on_demand(
    store: Store, home: Path, facility: str | None, one: Comparison, progress: Progress
) -> list[dict[str, Any]]:
    """Return the rows of the bridge, as marts.bridge_matrix has them, of every project of the facilities.

    Raises SettingsError for an unknown facility or none with a project, InsufficientData for periods without readings
    or without a frozen baseline, TariffError from the bills.
    """
    settings, lists = load_settings(home), price_lists(home)
    chosen = [f for f in settings.facility if facility in (None, f.id)]
    if not chosen:
        must_exist("--facility", str(facility), [f.id for f in settings.facility])
    found = [row for f in chosen for row in _of_facility(store, settings, lists, f, one, progress)]
    if not found:
        raise InsufficientData("kan inte bedömas: anläggningen har inget projekt, och utan baslinje finns ingen brygga")
    return found


def _of_facility(
    store: Store, settings: Settings, lists: list[PriceList], facility: Facility, one: Comparison, progress: Progress
) -> list[dict[str, Any]]:
    rows: Rows = {name: [] for name in figures.ANALYSIS}
    mine = [p for p in settings.project if p.facility == facility.id]
    if not mine:
        return []
    inputs = FacilityInputs.of(store, settings, facility, None)
    loads = {point: inputs.load(point) for point in inputs.points}
    projects = Projects(inputs, lists, "", rows, progress, only_frozen=True)
    rows["bill"] = store.table("analysis.bill").to_dicts()
    bridges = Bridges(inputs, lists, "", rows, progress)
    for project in mine:
        progress(f"brygga för {project.name} …")
        bridges.add(project, projects.sides(project, loads), one, ASKED_DRAWS)
    return [
        {"facility": facility.id, **row, "evidence_key": None}
        for row in figures.frames(rows)["bridge_matrix"].to_dicts()
    ]
