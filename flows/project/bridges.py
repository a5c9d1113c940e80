"""The bridges of a project: which periods are compared, and the rows of analysis. `energy.savings` computes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from energy.calendar import add_months, next_month
from energy.errors import EnergibokError, InsufficientData
from energy.model import PriceList
from energy.savings.bridging.borne import ALLOCATION, Borne, borne
from energy.savings.bridging.bridge import CAUSES, Matrix, Side, cells, one_bridge, total
from energy.savings.bridging.moving import months_of
from energy.savings.saved.avoided import ALL
from flows.analysis import figures
from flows.analysis.dimensions import contracts
from flows.analysis.figures import Rows
from flows.analysis.inputs import FacilityInputs
from flows.analysis.shares import Shared
from flows.settings.load import Project

BASE = "base"  # the comparison that pages and letter show: the base year with the last twelve months
MAIN_DRAWS, ASKED_DRAWS, YEAR_DRAWS = (
    100,
    60,
    40,
)  # bills are run again for each of up to 64 settings: few draws, about the mean of all


@dataclass(frozen=True)
class Comparison:
    """Two periods by name, as the months of each."""

    name: str
    base: Sequence[date]
    reporting: Sequence[date]

    @property
    def spans(self) -> Mapping[str, date]:
        """Return the first and last days of both."""
        return {
            "base_from": self.base[0], "base_to": _last_day(self.base),
            "reporting_from": self.reporting[0], "reporting_to": _last_day(self.reporting),
        }  # fmt: skip


def _last_day(months: Sequence[date]) -> date:
    return next_month(months[-1]) - timedelta(days=1)


def base_year(project: Project, months: Sequence[date]) -> Comparison:
    """Return the last twelve whole months of the baseline period beside the last twelve after the project.

    Raises InsufficientData where either is shorter.
    """
    if len(months) < 12:
        text = f"kan inte bedömas: bryggan behöver tolv hela månader efter projektet, det finns {len(months)}"
        raise InsufficientData(text)
    first = add_months(project.baseline_to.replace(day=1), -12)
    if first < project.baseline_from:
        raise InsufficientData("kan inte bedömas: bryggan behöver tolv hela månader i basperioden")
    return Comparison(BASE, months_of(first, 12), months[-12:])


def year_by_year(months: Sequence[date]) -> Iterator[Comparison]:
    """Yield each calendar year beside the one before; the last one as far as it goes, beside the same months.

    Only years that the meters cover from January.
    """
    years = sorted({m.year for m in months if m.month == 1})
    for year in years:
        now, before = ([m for m in months if m.year == y] for y in (year, year - 1))
        if len(before) == 12 and year - 1 in years:
            yield Comparison(f"{year - 1}-{year}", before[: len(now)], now)


@dataclass(frozen=True)
class Bridges:
    """The bridges of one facility: every result is added to `rows`."""

    inputs: FacilityInputs
    lists: Sequence[PriceList]
    run_id: str
    rows: Rows
    progress: Callable[[str], None]

    def run(self, project: Project, sides: Sequence[Side], months: Sequence[date]) -> None:
        """Add the standard bridges; one that cannot be made is a finding. Raises InsufficientData for the base year."""
        for one in year_by_year(self.inputs.months):
            self.progress(f"  brygga: {one.name} …")
            try:
                self.add(project, sides, one, YEAR_DRAWS)
            except EnergibokError as error:
                finding = {"facility": project.facility, "level": "info", "rule": "bridge_not_assessed"}
                self.rows["findings"].append({**finding, "message": f"bryggan {one.name}: {error}"})
        self.progress("  brygga: basåret till de senaste tolv månaderna …")
        self.add(project, sides, base_year(project, months), MAIN_DRAWS)

    def add(self, project: Project, sides: Sequence[Side], one: Comparison, count: int) -> None:
        """Add the bridge of each carrier and of all together."""
        found = self.matrices(sides, one, count)
        carriers = sorted({side.case.carrier for side in sides})
        told = {"project": project.id, "run_id": self.run_id, "comparison": one.name, **one.spans}
        shares = Shared(self.inputs, self.rows["bill"]).shares([s.case.loads.actual.metering_point for s in sides], one)
        for carrier in [*carriers, "all"]:
            parts = [n for n, side in enumerate(sides) if carrier in ("all", side.case.carrier)]
            rows = figures.bridge_rows(cells(total([found[n] for n in parts])), carrier=carrier, **told)
            self.rows["bridge_matrix"] += rows
            self.rows["bridge_points"] += [
                {**told, "carrier": carrier, "metering_point": sides[n].case.loads.actual.metering_point} for n in parts
            ]
            for bearer, mine in shares.items():
                taken = borne([Borne(found[n], *mine[point]) for n in parts
                               if (point := sides[n].case.loads.actual.metering_point) in mine])  # fmt: skip
                rows = figures.bridge_rows(cells(taken, (*CAUSES, ALLOCATION)), carrier=carrier, **told)
                self.rows["bridge_bearer"] += [
                    {**row, "cost_bearer": bearer} for row in rows if row["component"] == ALL
                ]

    def matrices(self, sides: Sequence[Side], one: Comparison, count: int) -> list[Matrix]:
        """Return the bridge of each metering point."""
        mine = contracts(self.inputs.settings)
        return [one_bridge(side.with_draws(count), mine, self.lists, one.base, one.reporting) for side in sides]
