"""Core -> analysis -> marts: bills, savings, bridge and measures of every facility, each with its receipt.

The formulas are in `energy`; this module only carries what one needs to the other.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import partial
from importlib.metadata import version

import numpy as np
import polars as pl

from energy.errors import EnergibokError, InsufficientData, StoreError, TariffError
from energy.model import BilledComponent, Contract, Load, PriceList
from energy.tariffs.bill import bill
from energy.tariffs.estimated import estimated_hours, estimates_told
from flows.analysis import figures
from flows.analysis.accounting import account
from flows.analysis.auditing import audit
from flows.analysis.dimensions import contracts, price_lists, write_settings
from flows.analysis.figures import Rows
from flows.analysis.forecasting import forecast
from flows.analysis.inputs import FacilityInputs
from flows.measures.context import look_for_measures
from flows.measures.register import remember
from flows.measures.registering import register_findings
from flows.measures.verifying import verify
from flows.project.projects import Projects
from flows.settings.load import Facility, Settings
from flows.storage.stores import explain_stores
from flows.store import Store

Progress = Callable[[str], None]


def analyse(store: Store, settings: Settings, run_id: str, until: date | None, progress: Progress) -> None:
    """Rebuild core, analysis and marts in one transaction, up to and including month `until`.

    A facility or project that cannot be assessed becomes a finding with its reason; the others go on.
    """
    lists = price_lists(store.home)
    if not settings.facility:
        raise StoreError("energibok.toml har ingen anläggning: lägg till [[facility]] och [[metering_point]].")
    house = {
        "run_id": run_id,
        "published_at": f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC",
        "version": version("energibok"),
        "until": until,
    }
    rows: Rows = {name: [] for name in figures.ANALYSIS}
    with store.transaction():
        write_settings(store, settings, house)
        progress("ordnar mätvärden, väder, priser och fakturor …")
        store.build("staging")
        store.build("core")
        inputs = []
        for facility in settings.facility:
            progress(f"räknar på {facility.name} …")
            try:
                inputs.append(FacilityInputs.of(store, settings, facility, until))
                _Facility(inputs[-1], lists, run_id, rows, progress).run()
            except InsufficientData as error:
                rows["findings"].append(_finding(facility.id, "info", "facility_not_assessed", str(error)))
        if until is not None and not any(row["month"] >= until for row in rows["bill"]) and settings.facility:
            text = f"mätvärdena räcker inte till {until:%Y-%m}: siffrorna gäller till och med den sista hela månaden"
            progress(text)
            rows["findings"].append(_finding(settings.facility[0].id, "warning", "month_not_there", text))
        _write(store, figures.frames(rows))
        progress("granskar fakturorna …")
        _write(store, audit(store, settings, lists, inputs, run_id))
        progress("jämför med bokföringen …")
        _write(store, account(store, settings, lists, inputs, run_id))
        _write(store, register_findings(store, run_id))
        remember(store)
        progress("verifierar det som är gjort …")
        _write(store, verify(store, settings, lists, inputs, run_id))
        progress("räknar fram årets prognos …")
        _write(store, forecast(store, settings, lists, inputs, run_id, progress))
        progress("ställer samman tabellerna …")
        store.build("marts")
        failed = store.check()
        if failed:
            text = ", ".join(f"{name} ({count} rader)" for name, count in failed)
            raise StoreError(f"kontrollerna gick inte igenom: {text}. Inget är publicerat. Se sql/checks.")


def _write(store: Store, tables: Mapping[str, pl.DataFrame]) -> None:
    for name, frame in tables.items():
        store.replace(f"analysis.{name}", frame)


def _finding(facility: str, level: str, rule: str, message: str, point: str | None = None) -> dict[str, object]:
    return {"facility": facility, "level": level, "rule": rule, "message": message, "metering_point": point}


@dataclass(frozen=True)
class _Facility:
    """The work on one facility: every result is added to `rows`."""

    inputs: FacilityInputs
    lists: Sequence[PriceList]
    run_id: str
    rows: Rows
    progress: Progress

    @property
    def facility(self) -> Facility:
        return self.inputs.facility

    @property
    def settings(self) -> Settings:
        return self.inputs.settings

    def run(self) -> None:
        """Bill every contract, value every project, look for measures."""
        points = [m for m in self.settings.metering_point if m.facility == self.facility.id]
        loads = {point.id: self.inputs.load(point.id) for point in points}
        for point in points:
            self._bill(loads[point.id])
        projects = Projects(self.inputs, self.lists, self.run_id, self.rows, self.progress)
        for project in self.settings.project:
            if project.facility == self.facility.id:
                self.progress(f"  besparing: {project.name} …")
                self._guarded(project.id, partial(projects.run, project, loads))
        if any(store.facility == self.facility.id for store in self.settings.store):
            self.progress("  energilager …")
            self._guarded("stores", partial(explain_stores, self.inputs, self.lists, self.run_id, self.rows, loads))
        self.progress("  åtgärder …")
        self._guarded("measures", partial(look_for_measures, self.inputs, self.lists, self.run_id, self.rows, loads))

    def _guarded(self, what: str, work: Callable[[], None]) -> None:
        try:
            work()
        except EnergibokError as error:
            level = "warning" if isinstance(error, InsufficientData) else "error"
            self.rows["findings"].append(_finding(self.facility.id, level, f"not_assessed_{what}", str(error)))

    # --- bills ----------------------------------------------------------------------------------------------------

    def _bill(self, load: Load) -> None:
        mine = contracts(self.settings, load.metering_point)
        if not mine or np.isnan(load.energy_kwh).all():
            return
        family_kind = {c.family: c.kind for c in self.settings.contract if c.metering_point == load.metering_point}
        kinds = {found.id: family_kind[found.family] for found in self.lists if found.family in family_kind}
        kinds |= family_kind  # a bill without a list stands under its family
        for month, text in estimates_told(load):
            finding = _finding(self.facility.id, "info", "hours_estimated", text, load.metering_point)
            self.rows["findings"].append({**finding, "month": month})
        components: list[BilledComponent] = []
        for month in self.inputs.months:
            try:
                components += bill(load, mine, self.lists, [month], self.inputs.billing)
            except TariffError:
                for family in sorted(family_kind):
                    one = [contract for contract in mine if contract.family == family]
                    components += self._billed_alone(load, one, month)
        self.rows["bill"] += figures.bill_rows(components, kinds, estimated_hours(load))

    def _billed_alone(self, load: Load, mine: Sequence[Contract], month: date) -> list[BilledComponent]:
        """Return the month's components of one family's contracts; where a list is lacking one without amount, told.

        Without it the sum of the other families would pass for the whole.
        """
        try:
            return bill(load, mine, self.lists, [month], self.inputs.billing)
        except TariffError as error:
            text = f"{load.metering_point} {month:%Y-%m}: {error}"
            finding = _finding(self.facility.id, "error", "bill_not_computed", text, load.metering_point)
            self.rows["findings"].append({**finding, "month": month})
            unknown = np.full(1, np.nan)
            label = "Räkning som inte kan göras"
            found = BilledComponent(
                load.metering_point, month, "other", label, mine[0].family, "fixed", unknown, "st", unknown, str(error)
            )
            return [found]
