"""Core -> analysis -> marts: bills, savings, bridge and measures of every facility, each with its receipt.

The formulas are in `energy`; this module only carries what one needs to the other.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from functools import partial
from importlib.metadata import version
from zlib import crc32

import numpy as np
import polars as pl

from energy.calendar import add_months, next_month, normal_time
from energy.errors import EnergibokError, InsufficientData, StoreError, TariffError
from energy.measures import MeasureContext, assess_all
from energy.model import BilledComponent, Carrier, Contract, Load, PriceList
from energy.savings.avoided import Case, avoided
from energy.savings.baseline import fit
from energy.savings.boundary import Point, boundary_meters
from energy.savings.bridge import Side, bridge
from energy.savings.counterfactual import Counterfactual, counterfactual
from energy.savings.features import Drivers
from energy.savings.frozen import Baseline
from energy.savings.isolation import without_submeter
from energy.savings.loads import map_load
from energy.tariffs.bill import bill
from flows import figures
from flows.accounting import account
from flows.auditing import audit
from flows.dimensions import contracts, price_lists, write_settings
from flows.figures import Rows
from flows.forecasting import forecast
from flows.inputs import FacilityInputs
from flows.settings import Facility, Project, Settings
from flows.store import Store

Progress = Callable[[str], None]
TARGETS = ("energy_kwh", "volume_m3", "return_m3c", "supply_m3c")


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
class _Modelled:
    """A boundary meter with its baseline and what would have been metered without the project."""

    carrier: Carrier
    model: Baseline
    drivers: Drivers
    loads: Counterfactual
    seed: int
    at_the_margin: bool = False  # the project's own meter, valued at the margin of the main meter's bill


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
        for project in self.settings.project:
            if project.facility == self.facility.id:
                self.progress(f"  besparing: {project.name} …")
                self._guarded(project.id, partial(self._project, project, loads))
        self.progress("  åtgärder …")
        self._guarded("measures", partial(self._measures, loads))

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
        components: list[BilledComponent] = []
        for month in self.inputs.months:
            try:
                components += bill(load, mine, self.lists, [month], self.inputs.billing)
            except TariffError:
                for family in sorted(family_kind):
                    one = [contract for contract in mine if contract.family == family]
                    components += self._billed_alone(load, one, month)
        self.rows["bill"] += figures.bill_rows(components, kinds)

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

    # --- projects -------------------------------------------------------------------------------------------------

    def _project(self, project: Project, loads: dict[str, Load]) -> None:
        known = [Point(m.id, m.carrier, m.parent, m.name) for m in self.settings.metering_point]
        boundary = boundary_meters(known, project.boundary_meters)
        own_text = " Projektets egna mätare prissätts på marginalen: räkningen med dem mot räkningen utan dem."
        text = boundary.explanation + (own_text if set(boundary.counted) & set(project.own_meters) else "")
        self.rows["boundaries"].append({"project": project.id, "boundary_text": text})
        months = [
            m for m in self.inputs.months if m >= project.reporting_from and next_month(m) <= project.reporting_to
        ]
        if not months:
            raise InsufficientData(f"kan inte bedömas: {project.name} har ingen hel månad i rapportperioden än")
        carriers = {m.id: m.carrier for m in self.settings.metering_point}
        modelled = []
        for point in boundary.counted:
            own = point in project.own_meters
            meter = self._paying(point) if own else point
            one = self._model(project, loads[meter], carriers[meter])
            modelled.append(self._isolated(project, one, loads[point]) if own else one)
        cases = [Case(m.carrier, m.loads, self.inputs.billing, at_the_margin=m.at_the_margin) for m in modelled]
        mine = contracts(self.settings)
        found = avoided(cases, mine, self.lists, months)
        for name, rows in figures.savings_rows(project.id, self.run_id, found).items():
            self.rows[name] += rows
        self._daily(project, modelled, months)
        self._bridges(project, modelled, months)

    def _model(self, project: Project, load: Load, carrier: Carrier) -> _Modelled:
        """Fit the baseline of one boundary meter on the baseline period and draw its counterfactual."""
        inputs, start = self.inputs, self.inputs.start_utc
        drivers = Drivers(inputs.driver_hours, inputs.air_temperature_c, inputs.calendar())
        first, end = (
            np.datetime64(d, "s") - np.timedelta64(3600, "s") for d in (project.baseline_from, project.baseline_to)
        )
        train = (start >= first) & (start < end)
        if not train.any():
            raise InsufficientData(f"kan inte bedömas: {load.metering_point} har inga mätvärden i basperioden")
        targets = {t: getattr(load, t)[train, 0] for t in TARGETS if getattr(load, t) is not None}
        model = fit(start[train], targets, drivers)
        seed = self.settings.seed + crc32(load.metering_point.encode()) % 100_000
        loads = counterfactual(
            load,
            model,
            drivers,
            _utc(project.reporting_from),
            excluded=inputs.excluded(carrier),
            count=self.settings.draws,
            seed=seed,
        )
        tier = loads.extrapolation.tier if loads.extrapolation else None
        point = load.metering_point
        self.rows["baselines"] += figures.baseline_rows(project.id, self.run_id, carrier, point, model, tier)
        saved = {"metering_point": point, "inputs_sha256": model.inputs_sha256, "model_json": model.to_json()}
        self.rows["models"].append({"project": project.id, **saved})
        return _Modelled(carrier, model, drivers, loads, seed)

    def _paying(self, point: str) -> str:
        """Return the meter whose contracts pay for a metering point: itself, or the nearest one above it."""
        parents = {m.id: m.parent for m in self.settings.metering_point}
        priced = {c.metering_point for c in self.settings.contract}
        at: str | None = point
        while at is not None and at not in priced:
            at = parents[at]
        if at is None:
            raise InsufficientData(f"kan inte bedömas: varken {point} eller någon mätare ovanför den har ett avtal")
        return at

    def _isolated(self, project: Project, main: _Modelled, own: Load) -> _Modelled:
        """Return the main meter without what the project's own meter took, instead of the modelled one."""
        start = _utc(project.reporting_from)
        loads = without_submeter(main.loads.actual, own, start, self.inputs.excluded(main.carrier))
        return replace(main, loads=loads, at_the_margin=True)

    def _daily(self, project: Project, modelled: Sequence[_Modelled], months: Sequence[date]) -> None:
        """Add the adjusted baseline per day and the running sum of avoided energy per carrier."""
        parts = []
        for one in modelled:
            if one.loads.reason:
                continue
            hours = one.loads.actual.start_utc
            days = normal_time(hours).astype("datetime64[D]")
            inside = (
                one.loads.reporting
                & (days >= np.datetime64(months[0]))
                & (days < np.datetime64(next_month(months[-1])))
            )
            mean, metered = one.loads.load.energy_kwh.mean(axis=1), one.loads.actual.energy_kwh[:, 0]
            data = {"day": days[inside], "adjusted_baseline_kwh": mean[inside], "avoided": (mean - metered)[inside]}
            frame = pl.DataFrame(data).fill_nan(None).group_by("day", maintain_order=True).agg(
                pl.col("adjusted_baseline_kwh").sum(), pl.col("avoided").sum()
            )  # fmt: skip
            point = one.loads.actual.metering_point
            self.rows["adjusted_daily"] += frame.select(
                "day", "adjusted_baseline_kwh", metering_point=pl.lit(point)
            ).to_dicts()
            parts.append(frame.select("day", "avoided", carrier=pl.lit(one.carrier)))
        if parts:
            total = pl.concat(parts).group_by("carrier", "day").agg(pl.col("avoided").sum()).sort("carrier", "day")
            summed = total.select(
                "carrier",
                "day",
                cumulative_avoided_kwh=pl.col("avoided").cum_sum().over("carrier"),
                project=pl.lit(project.id),
            )
            self.rows["cusum"] += summed.to_dicts()

    def _bridges(self, project: Project, modelled: Sequence[_Modelled], months: Sequence[date]) -> None:
        """Add the bridge per carrier and for all, between the last twelve months of each period."""
        if len(months) < 12:
            text = f"kan inte bedömas: bryggan behöver tolv hela månader efter projektet, det finns {len(months)}"
            raise InsufficientData(text)
        base, reporting = add_months(project.baseline_to, -12), months[-12]
        if base < min(project.baseline_from.replace(day=1), project.baseline_from):
            raise InsufficientData("kan inte bedömas: bryggan behöver tolv hela månader i basperioden")
        spans = {
            "base_from": base, "base_to": add_months(project.baseline_to, 0) - timedelta(days=1),
            "reporting_from": reporting, "reporting_to": next_month(months[-1]) - timedelta(days=1),
        }  # fmt: skip
        sides = {
            m.loads.actual.metering_point: Side(
                Case(m.carrier, m.loads, self.inputs.billing), m.model, m.drivers, self.settings.draws, m.seed
            )
            for m in modelled
        }
        carriers = sorted({m.carrier for m in modelled})
        for carrier in [*carriers, "all"]:
            chosen = [sides[m.loads.actual.metering_point] for m in modelled if carrier in ("all", m.carrier)]
            steps = bridge(chosen, contracts(self.settings), self.lists, base, reporting)
            self.rows["bridge"] += figures.bridge_rows(project.id, self.run_id, carrier, steps, spans)

    # --- measures -------------------------------------------------------------------------------------------------

    def _measures(self, loads: dict[str, Load]) -> None:
        months = self.inputs.months[-12:]
        if len(months) < 12:
            raise InsufficientData("kan inte bedömas: åtgärder behöver tolv hela månader med mätvärden")
        points = [m for m in self.settings.metering_point if m.facility == self.facility.id]
        start = self.inputs.start_utc
        own = {p.id for p in points}
        invoices = self.inputs.store.frame("select * from core.invoices order by supplier_id, invoice_no, issue_date")
        # a credit note may name no metering point: it still takes back what another invoice charged
        order = "order by supplier_id, invoice_no, issue_date, row_no"  # sums of amounts must not depend on chance
        query = f"select * from core.invoice_lines where facility = ? or facility is null {order}"  # noqa: S608
        lines = self.inputs.store.frame(query, [self.facility.id])
        findings, silent = assess_all(
            MeasureContext(
                facility=self.facility.id,
                start_utc=start,
                air_temperature_c=self.inputs.air_temperature_c[self.inputs.margin :],
                open_hours=self.inputs.open_hours(start),
                months=months,
                loads={
                    p: map_load(load, lambda _, v: v)
                    for p, load in loads.items()
                    if not np.isnan(load.energy_kwh).all()
                },
                carriers={p.id: p.carrier for p in points},
                parents={p.id: p.parent for p in points},
                contracts=[c for c in contracts(self.settings) if c.metering_point in own],
                price_lists=self.lists,
                billing={p.id: self.inputs.billing for p in points},
                invoices=invoices,
                invoice_lines=lines,
                names={p.id: p.name for p in points},
                seed=self.settings.seed,
            )
        )
        for name, rows in figures.measure_rows(self.run_id, findings).items():
            self.rows[name] += rows
        for one in silent:
            finding = _finding(
                self.facility.id, "info", f"measure_silent_{one.measure_id}", one.reason, one.metering_point
            )
            self.rows["findings"].append(finding)


def _utc(day: date) -> np.datetime64:
    """Return the instant at which a day begins in normal time."""
    midnight: np.datetime64 = np.datetime64(day.isoformat(), "s") - np.timedelta64(3600, "s")
    return midnight
