"""One project: baselines, counterfactual, savings and bridge, carried from core to the rows of analysis.

The formulas are in `energy.savings`; this module only carries what one needs to the other.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial

import numpy as np
import polars as pl

from energy.calendar import add_months, next_month, normal_time
from energy.errors import EnergibokError, InsufficientData
from energy.model import Carrier, Load, PriceList
from energy.savings.bands.randoms import Seeds
from energy.savings.baselines.baseline import Settings as Fitting
from energy.savings.baselines.baseline import predict
from energy.savings.baselines.drift import packaged_drift
from energy.savings.baselines.features import Drivers
from energy.savings.baselines.frozen import Baseline
from energy.savings.baselines.stuck import stuck
from energy.savings.bridging.bridge import Side
from energy.savings.saved.avoided import AvoidedRow, Case, Cell, rows_of
from energy.savings.saved.boundary import Point, boundary_meters, paying
from energy.savings.saved.counterfactual import brought_by_project
from flows.analysis import figures
from flows.analysis.dimensions import contracts
from flows.analysis.figures import Rows
from flows.analysis.inputs import FacilityInputs
from flows.project import placebos
from flows.project.avoided_cost import Valuation
from flows.project.baselines import Keeper, Training, lost, versions
from flows.project.bridges import Bridges
from flows.project.economics import Calculation
from flows.project.nonroutine import TARGETS, Modelled, NonRoutine, isolated
from flows.project.normal_year import Meter, NormalYears
from flows.project.periods import PeriodMeter, card, family_of_meter, period_meter
from flows.project.proposals import proposals
from flows.project.treated import Treated, cut_short, utc
from flows.settings.load import Project, Settings

NO_HOURS = (
    "kan inte bedömas: pris i basårets prislistor, varaktig effekt, kalkyl och brygga behöver timvärden från alla "
    "mätare i gränsen"
)
MARGIN_TEXT = " Projektets egna mätare prissätts på marginalen: räkningen med dem mot räkningen utan dem."
BROUGHT_TEXT = " En mätpunkt med eget avtal som kom med projektet räknas hel, fasta avgifter också."


@dataclass(frozen=True)
class Projects:
    """The projects of one facility: every result is added to `rows`."""

    inputs: FacilityInputs
    lists: Sequence[PriceList]
    run_id: str
    rows: Rows
    progress: Callable[[str], None] = lambda _: None
    only_frozen: bool = False  # no baseline is fitted, for a store that is only read

    @property
    def settings(self) -> Settings:
        """Return the home's settings."""
        return self.inputs.settings

    def run(self, project: Project, loads: dict[str, Load]) -> None:
        """Value one project: its boundary, baselines, avoided energy and cost, calculation, days and bridges."""
        try:
            self._value(project, loads)
        except EnergibokError as error:
            Calculation(self.inputs, self.lists, self.run_id, self.rows).unknown(project, str(error))
            raise

    def _value(self, project: Project, loads: dict[str, Load]) -> None:
        """Value one project, all but its refusal. Raises InsufficientData with what cannot be assessed."""
        known = [Point(m.id, m.carrier, m.parent, m.name) for m in self.settings.metering_point]
        boundary = boundary_meters(known, project.boundary_meters)
        own = set(boundary.counted) & set(project.own_meters)
        brought = {point for point in own if self._brought(project, point)}
        text = boundary.explanation + (MARGIN_TEXT if own - brought else "") + (BROUGHT_TEXT if brought else "")
        self.rows["boundaries"].append({"project": project.id, "boundary_text": text})
        whole = [m for m in self.inputs.months if m >= project.reporting_from and next_month(m) <= project.reporting_to]
        treated = Treated.of(self.inputs, project)
        months, ended = treated.months(whole, [m.carrier for m in known if m.metering_point in boundary.counted])
        if ended:
            said = {"facility": project.facility, "level": "warning", "rule": "baseline_ended", "message": ended}
            self.rows["findings"].append(said)
        if not months:
            raise InsufficientData(f"kan inte bedömas: {project.name} har ingen hel månad i rapportperioden än")
        modelled, coarse = self._meters(project, loads, boundary.counted, treated)
        mine = contracts(self.settings)
        meters: list[Modelled | PeriodMeter] = [*modelled, *coarse]
        cells = [one.cells(self.inputs, mine, self.lists, months) for one in meters]
        found = cut_short(
            rows_of([cell for each in cells for cell in each], months), ended if months != whole else None
        )
        for name, rows in figures.savings_rows(project.id, self.run_id, found).items():
            self.rows[name] += rows
        self._daily(project, meters, months)
        said = {"project": project.id, "run_id": self.run_id}
        self.rows["event_proposals"] += [row | said for row in proposals(treated, meters)]
        ledger = NonRoutine(self.inputs, treated, mine, self.lists, months, {m: loads[m] for m in project.own_meters})
        self.rows["non_routine"] += [row | said for row in ledger.rows(meters, found)]
        if coarse:
            raise InsufficientData(NO_HOURS)
        self._costs(project, modelled, months, cells, found)
        self._bridges(project, modelled, months)

    def _costs(
        self,
        project: Project,
        modelled: Sequence[Modelled],
        months: Sequence[date],
        cells: Sequence[list[Cell]],
        found: Sequence[AvoidedRow],
    ) -> None:
        """Add the avoided cost at every price, the classes, the normal year and the calculation; `found` is billed."""
        mine, said = contracts(self.settings), {"project": project.id, "run_id": self.run_id}
        cases = [m.case(self.inputs.billing) for m in modelled]
        priced_from = add_months(project.baseline_to.replace(day=1), -12)
        worth = Valuation(cases, mine, self.lists, months, priced_from)
        pairs = [Meter(c, m.model, m.seed) for c, m in zip(cases, modelled, strict=True)]
        normal = NormalYears(self.inputs, pairs, months, project.baseline_to)
        told = [*worth.rows(found)]
        own_rows = {
            "avoided_cost": told,
            "class_change": worth.classes(),
            "normal_year": [*normal.rows()],
        }
        for name, rows in own_rows.items():
            self.rows[name] += [row | said for row in rows]
        calculation = Calculation(self.inputs, self.lists, self.run_id, self.rows)
        calculation.run(project, cases, cells, worth.settled, [*found], told)

    def sides(self, project: Project, loads: dict[str, Load]) -> list[Side]:
        """Return the metering points of the project's bridge, modelled by the frozen baselines."""
        known = [Point(m.id, m.carrier, m.parent, m.name) for m in self.settings.metering_point]
        counted = boundary_meters(known, project.boundary_meters).counted
        return self._sides(self._meters(project, loads, counted, Treated.of(self.inputs, project))[0])

    def _meters(
        self, project: Project, loads: dict[str, Load], counted: Sequence[str], treated: Treated
    ) -> tuple[list[Modelled], list[PeriodMeter]]:
        """Return the counted meters with their baselines: those that tell hours, and those that tell days or months."""
        carriers = {m.id: m.carrier for m in self.settings.metering_point}
        modelled: list[Modelled] = []
        coarse: list[PeriodMeter] = []
        for point in counted:
            own = point in project.own_meters
            if own and self._brought(project, point):
                found = brought_by_project(loads[point], utc(project.reporting_from))
                modelled.append(Modelled(carriers[point], None, None, found, Seeds.alone(0)))
                continue
            meter = self._paying(point) if own else point
            family, why = family_of_meter(self.inputs, meter, loads[meter], project.baseline_to)
            if family != "hourly":
                if self.only_frozen:
                    raise InsufficientData(NO_HOURS)
                coarse.append(self._period_meter(treated, loads[meter], carriers[meter], family, why, own))
                continue
            one = self._model(project, loads[meter], carriers[meter], treated)
            modelled.append(isolated(treated, one, loads[point]) if own else one)
        return modelled, coarse

    def _sides(self, modelled: Sequence[Modelled]) -> list[Side]:
        return [
            Side(Case(m.carrier, m.loads, self.inputs.billing), m.model, m.drivers, self.settings.draws, m.seed)
            for m in modelled
        ]

    def _model(self, project: Project, load: Load, carrier: Carrier, treated: Treated) -> Modelled:
        """Fit the baseline of one boundary meter on the baseline period and draw its counterfactual."""
        start, drivers = self.inputs.start_utc, treated.drivers(carrier)
        first, end = treated.train
        train = (start >= first) & (start < end)
        if not train.any():
            raise InsufficientData(f"kan inte bedömas: {load.metering_point} har inga mätvärden i basperioden")
        treated.check_weather()
        targets = treated.targets(load, carrier, train, TARGETS)
        training = Training.of(start[train], targets, drivers, Fitting(drift=packaged_drift(carrier)))
        keeper = self._keeper(project, load, carrier, drivers)
        model = self._frozen(project, load) if self.only_frozen else keeper.baseline(training)
        seeds = Seeds.of(self.settings.seed, project.facility, load.metering_point)
        loads, applied = treated.counterfactual(load, model, drivers, carrier, seeds)
        self._tell_drivers(project, load.metering_point, model, drivers)
        self._standing(load)
        tier = loads.extrapolation.tier if loads.extrapolation else None
        point = load.metering_point
        self.rows["baselines"] += figures.baseline_rows(project.id, self.run_id, carrier, point, model, tier)
        if not self.only_frozen:
            before = start < end
            known = treated.targets(load, carrier, before, ("energy_kwh",))["energy_kwh"]
            said = {"project": project.id, "run_id": self.run_id, "carrier": carrier, "metering_point": point}
            found = placebos.rows(model, start[before], known, drivers, self.settings.draws)
            self.rows["placebos"] += [said | row for row in found]
        return Modelled(carrier, model, drivers, loads, seeds, applied=applied)

    def _tell_drivers(self, project: Project, point: str, model: Baseline, drivers: Drivers) -> None:
        """Tell which of the drivers that the project names the baseline uses, and why it does not use the others."""
        for name in project.drivers:
            why = model.drivers_left_out.get(name, "den fanns inte när baslinjen frystes")
            why = why if name in drivers.measured else "den har inga värden"
            used = name in model.spec.measured
            text = f"{project.name}, {point}: baslinjen använder {'' if used else 'inte '}«{name}»"
            self._told(point)("info", "baseline_driver", text if used else f"{text}: {why}")

    def _frozen(self, project: Project, load: Load) -> Baseline:
        """Return the frozen baseline that holds. Raises InsufficientData where there is none."""
        kept = versions(self.inputs.store, project.id, load.metering_point)
        if not kept:
            text = (
                f"kan inte bedömas: {load.metering_point} har ingen fryst baslinje än. Kör «energibok monthly» först."
            )
            raise InsufficientData(text)
        return kept[0].model(Baseline.from_json)

    def _standing(self, load: Load) -> None:
        """Tell the hours in which the meter stands still, month by month: left out of the baseline, saving nothing."""
        still = normal_time(load.start_utc[stuck(load.energy_kwh[:, 0])])
        months, first, counts = np.unique(still.astype("datetime64[M]"), return_index=True, return_counts=True)
        for month, at, hours in zip(months, first, counts, strict=True):
            text = f"{load.metering_point} står stilla på ett enda värde i {int(hours)} timmar i {month}, första gången"
            day = still[at].astype("datetime64[D]")
            told = f"{text} {day}. De timmarna räknas inte i baslinjen och ingen besparing räknas där."
            self._told(load.metering_point, month.astype("datetime64[D]").item())("warning", "stuck_meter", told)

    def _period_meter(
        self, treated: Treated, load: Load, carrier: Carrier, family: str | None, why: str | None, own: bool
    ) -> PeriodMeter:
        """Return a boundary meter that is read by day or month, with its card."""
        if family is None or own:
            what = "projektets egen mätare värderas på huvudmätarens timmar, och sådana saknas"
            raise InsufficientData(why or f"kan inte bedömas: {what}")
        told = self._told(load.metering_point)
        found = period_meter(treated, self.run_id, load, carrier, family, told)
        self.rows["baselines"].append(card(treated.project.id, self.run_id, found))
        return found

    def _told(self, point: str, month: date | None = None) -> Callable[[str, str, str], None]:
        """Return what takes a finding (level, rule, message) of one meter, and of a month where it is told."""
        common = {"facility": self.inputs.facility.id, "metering_point": point, "month": month}

        def told(level: str, rule: str, message: str) -> None:
            found = {**common, "level": level, "rule": rule, "message": message}
            if found not in self.rows["findings"]:  # two projects may share a meter
                self.rows["findings"].append(found)

        return told

    def _keeper(self, project: Project, load: Load, carrier: Carrier, drivers: Drivers) -> Keeper[Baseline]:
        """Return the keeper of one meter's frozen baseline."""
        point = load.metering_point
        known = ~np.isnan(load.energy_kwh[:, 0]) & ~self.inputs.excluded(carrier)
        counted = self.inputs.start_utc[known & (self.inputs.start_utc >= utc(project.reporting_from))]

        def expected(model: Baseline) -> float:
            return float(np.nansum(predict(model, drivers, counted)["energy_kwh"]))

        name = next(m.name for m in self.settings.metering_point if m.id == point)
        store = self.inputs.store
        read, gone = Baseline.from_json, partial(lost, drivers=drivers)
        return Keeper(store, self.run_id, project.id, point, name, self._told(point), read, gone, expected)

    def _brought(self, project: Project, point: str) -> bool:
        """Return whether a meter came with the project: it has contracts of its own and none before the project."""
        own = [c for c in self.settings.contract if c.metering_point == point]
        return bool(own) and min(c.valid_from for c in own) >= project.baseline_to

    def _paying(self, point: str) -> str:
        """Return the meter whose contracts pay for a metering point: itself, or the nearest one above it."""
        parents = {m.id: m.parent for m in self.settings.metering_point}
        at = paying(point, parents, {c.metering_point for c in self.settings.contract})
        if at is None:
            raise InsufficientData(f"kan inte bedömas: varken {point} eller någon mätare ovanför den har ett avtal")
        return at

    def _daily(self, project: Project, modelled: Sequence[Modelled | PeriodMeter], months: Sequence[date]) -> None:
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

    def _bridges(self, project: Project, modelled: Sequence[Modelled], months: Sequence[date]) -> None:
        """Add the bridges per carrier and for all: the base year to the last twelve months, and year by year."""
        bridges = Bridges(self.inputs, self.lists, self.run_id, self.rows, self.progress)
        bridges.run(project, self._sides(modelled), months)
