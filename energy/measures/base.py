"""What a measure rule is given and what it gives back. No rule and no formula lives here.

A rule looks at one facility's last 12 months (and at least 12 months of history before them) and returns findings, or
says why it stays silent. Silence is a result, not a failure.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

import numpy as np
import polars as pl

from energy.calendar import Instants, next_month
from energy.model import Band, BillingContext, Carrier, Contract, Facts, Floats, Load, PriceList, Store, Trend, Use
from energy.storage.optimum.operation import Operation

__all__ = [
    "About", "Confidence", "Effect", "EvidenceRow", "Measure", "MeasureContext", "MeasureFinding", "Picture", "Series",
    "Share", "Silent", "State", "acts_on",
]  # fmt: skip

Confidence = Literal["hög", "medel", "låg"]
CostClass = Literal["ingen", "låg", "medel", "hög"]  # no money, < 50 tkr, < 500 tkr, more [SEK excl. VAT, once]
Difficulty = Literal["lätt", "medel", "svår"]
HOUR = np.timedelta64(3600, "s")


@dataclass(frozen=True)
class Share:
    """One row of the keys that share a metering point's cost between bearers: a fixed share, a submeter or the rest."""

    metering_point: str
    cost_bearer: str
    share: float | None
    submeter: str | None
    valid_from: date
    valid_to: date  # first day no longer valid


@dataclass(frozen=True)
class MeasureContext:
    """Everything the rules may look at for one facility, on one common grid of hours.

    `start_utc` (n,) holds every hour of a contiguous span: the 12 `months` valued and the history before them. Every
    array of hours has length n, every load has the same `start_utc` and k = 1 (actual), with NaN where unknown.
    `open_hours` is 1 where the facility is open, 0 where closed, NaN where unknown [-].
    `invoices` and `invoice_lines` are the canonical tables of `energy.model.TABLES` with a column `file_name`.
    Raises ValueError where these promises are broken, so that no rule values a shifted hour.
    """

    facility: str
    start_utc: Instants
    air_temperature_c: Floats  # (n,)
    open_hours: Floats  # (n,)
    months: Sequence[date]  # first day of each month valued, in order
    loads: Mapping[str, Load]  # by metering point
    carriers: Mapping[str, Carrier]
    parents: Mapping[str, str | None]  # metering point -> the point that also measures its energy
    contracts: Sequence[Contract]
    price_lists: Sequence[PriceList]
    billing: Mapping[str, BillingContext]
    invoices: pl.DataFrame
    invoice_lines: pl.DataFrame
    names: Mapping[str, str] = field(default_factory=dict)  # Swedish names of metering points, for the texts
    uses: Mapping[str, Use] = field(default_factory=dict)  # metering point -> what its energy does, where told
    trends: Mapping[str, Trend] = field(default_factory=dict)  # points of the automation by id, on the same hours
    booked: Floats | None = None  # (n,) 1 where something is booked, 0 where not, NaN outside what is known
    ice_season: Floats | None = None  # (n,) 1 with ice, 0 without; None where no season is told
    stores: Sequence[Store] = ()
    operations: Mapping[str, Operation] = field(default_factory=dict)  # store id -> what its year could have been
    facts: Facts = field(default_factory=Facts)
    shares: Sequence[Share] = ()  # how cost is shared between bearers, where it is
    contract_kinds: Mapping[str, str] = field(default_factory=dict)  # family -> heat, grid or retail
    station_start_utc: Instants | None = None  # (m,) every hour of the weather station's whole history
    station_temperature_c: Floats | None = None  # (m,) [°C]
    draws: int = 60  # draws behind each band
    seed: int = 1

    def __post_init__(self) -> None:
        """Check the common grid of hours and the order of the months."""
        n = len(self.start_utc)
        if n > 1 and bool((np.diff(self.start_utc) != HOUR).any()):
            raise ValueError("start_utc must hold every hour of a contiguous span")
        for what, values in (("air_temperature_c", self.air_temperature_c), ("open_hours", self.open_hours)):
            if values.shape != (n,):
                raise ValueError(f"{what} has shape {values.shape}, expected {(n,)}")
        for point, load in self.loads.items():
            if load.energy_kwh.shape != (n, 1) or bool((load.start_utc != self.start_utc).any()):
                raise ValueError(f"load of {point} does not lie on the common hours (n, 1)")
        along = {f"trend {name}": trend.values for name, trend in self.trends.items()}
        along |= {what: v for what, v in (("booked", self.booked), ("ice_season", self.ice_season)) if v is not None}
        for what, values in along.items():
            if values.shape != (n,):
                raise ValueError(f"{what} has shape {values.shape}, expected {(n,)}")
        if any(next_month(a) != b for a, b in zip(self.months, self.months[1:], strict=False)):
            raise ValueError("months must be consecutive first days of months")

    def name(self, point: str) -> str:
        """Return the Swedish name of a metering point, or its id where it has none."""
        return self.names.get(point, point)

    def mains(self, carrier: Carrier) -> list[str]:
        """Return the priced metering points of a carrier that no other point contains, in order of id."""
        priced = {contract.metering_point for contract in self.contracts}
        return sorted(
            point
            for point, found in self.carriers.items()
            if found == carrier and point in self.loads and point in priced and self.parents.get(point) is None
        )

    def used_for(self, *uses: Use) -> list[str]:
        """Return the metering points with a load whose energy does one of `uses`, in order of id."""
        return sorted(point for point, use in self.uses.items() if use in uses and point in self.loads)

    def state(self) -> State:
        """Return the facility as it is, where effects begin."""
        return State(dict(self.loads), tuple(self.contracts))

    def first_valued(self) -> date:
        """Return the first day valued, in normal time."""
        return self.months[0]

    def end_valued(self) -> date:
        """Return the first day after the months valued."""
        return next_month(self.months[-1])


@dataclass(frozen=True)
class State:
    """The loads and contracts of a facility, as they are or as measures would leave them."""

    loads: Mapping[str, Load]  # k = 1, on the common hours
    contracts: Sequence[Contract]
    stored_sek: float = 0.0  # worth of what the measures leave in stores, negative where they take [SEK a year]


Effect = Callable[[State], State]  # what a measure does to a facility, whatever was done to it before


@dataclass(frozen=True)
class About:
    """What a rule is, in the words of the list of measures: the same for all its findings."""

    code: str  # of the list in the field's notes, e.g. T2
    needs: str  # Swedish: the data it needs
    cost_class: CostClass
    difficulty: Difficulty
    actor: str  # Swedish: who can act
    verification: str  # Swedish: how it will be seen that it worked
    reference: str  # English: the source of the method
    contract_kinds: tuple[str, ...] = ()  # of the contract it ends: heat, grid or retail; none: whichever ends


@dataclass(frozen=True)
class Series:
    """One line, set of bars or cloud of points of a picture; x and y of the same length, y NaN where unknown."""

    name: str  # Swedish
    x: Sequence[str] | Sequence[float]  # days and instants as ISO text
    y: Sequence[float]


@dataclass(frozen=True)
class Picture:
    """What shows a finding at a glance: at most some hundred points, Swedish titles with units."""

    kind: Literal["line", "bar", "scatter", "step"]
    x_title: str
    y_title: str
    series: tuple[Series, ...]


@dataclass(frozen=True)
class EvidenceRow:
    """One row a reader can go and look at. `value` is None where the row is a text only."""

    label: str
    at: str  # date, month, UTC hour, or «file, rad n»
    value: float | None
    unit: str
    note: str = ""


@dataclass(frozen=True)
class MeasureFinding:
    """One measure worth acting on: what was seen, what it is worth, how that was valued, and the evidence."""

    measure_id: str
    key: str  # stable from run to run, the argument of `energibok explain`
    facility: str
    title: str  # Swedish
    description: str  # Swedish
    saving_sek_per_year: Band  # excl. VAT, net of what the measure costs in other energy
    saving_kwh_per_year: float
    confidence: Confidence
    method: str  # Swedish: how the value came about
    evidence: tuple[EvidenceRow, ...]
    metering_point: str | None = None
    parameters: Mapping[str, float] = field(default_factory=dict)  # the assumptions used, central value
    # what it does to loads and contracts; None where it changes neither (an invoice)
    effect: Effect | None = field(default=None, compare=False)
    picture: Picture | None = field(default=None, compare=False)
    one_off: bool = False  # the saving comes once, not every year


def acts_on(found: MeasureFinding, state: State) -> list[str]:
    """Return the metering points whose load a measure changes, by id; none where it changes a contract only."""
    if found.effect is None:
        return []
    after = found.effect(state).loads
    return sorted(point for point, load in state.loads.items() if after.get(point) is not load)


@dataclass(frozen=True)
class Silent:
    """A rule that stays silent about a metering point (or the facility), and why."""

    measure_id: str
    reason: str  # Swedish
    metering_point: str | None = None


@dataclass(frozen=True)
class Measure:
    """A rule in the registry: what it is called and the function that assesses a facility."""

    id: str
    title: str  # Swedish
    about: About
    assess: Callable[[MeasureContext], Sequence[MeasureFinding | Silent]]

    def find(self, context: MeasureContext) -> list[MeasureFinding]:
        """Return the findings, none where the rule stays silent."""
        return [found for found in self.assess(context) if isinstance(found, MeasureFinding)]

    def why_silent(self, context: MeasureContext) -> str | None:
        """Return the reasons for silence in Swedish, None where the rule had something to say or nothing to look at."""
        reasons = [found.reason for found in self.assess(context) if isinstance(found, Silent)]
        return " ".join(dict.fromkeys(reasons)) or None
