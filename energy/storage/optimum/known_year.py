"""A store's year of hours as its account reads them, and what of the store's own limits they show.

The store is read as its account reads it (`account`): what was charged, what left it, what it loses and holds, and
which of its meters contradict each other. What is read off the meters instead of told (a power) is said in `notes`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from energy.calendar import Instants
from energy.errors import InsufficientData
from energy.model import Floats, Store
from energy.storage.accounts.account import Account, account
from energy.storage.assumed import assumed
from energy.storage.optimum.around import Around
from energy.swedish import sv

__all__ = ["KnownYear", "account_of", "known_year"]


@dataclass
class KnownYear:
    """The store's hours of the year (n,) [kWh], 0 where any of its meters is unknown: there it rests in all schedules.

    `found` is the account that they are read from, `at` its rows.
    """

    store: Store
    found: Account
    start_utc: Instants
    at: slice
    charge: Floats
    delivered: Floats
    out: Floats
    electricity: Floats | None
    source: Floats | None
    known: npt.NDArray[np.bool_]
    notes: list[str]

    def most(self, told: float | None, seen: Floats, what: str) -> float:
        """Return a power as told, else as the metered hours show it [kW]; InsufficientData for a store never used."""
        if told is not None:
            return told
        running = seen[seen > 0]
        if not len(running):
            raise InsufficientData(f"kan inte bedömas: {what} är okänd och lagret har inte använts")
        share = assumed("highest_seen").central
        found = float(np.quantile(running, share))
        self.notes.append(
            f"{what} är inte uppgiven: {sv(found)} kW, den som {sv(100 * share)} % av timmarna i drift visar"
        )
        return found

    def losses(self, otherwise: str) -> tuple[float, float]:
        """Return (kWh of content per kWh charged, share of content lost in an hour) of the account, else as assumed."""
        found = self.found.content.losses
        if found.reason is None:
            return 1.0 - found.of_charge, float(-np.expm1(-found.of_content_per_hour))
        kept, why = assumed(otherwise).central, found.reason.removeprefix("okänt: ")
        self.notes.append(f"lagrets verkningsgrad är antagen till {sv(100 * kept)} %: {why}")
        return kept, 0.0

    @property
    def capacity_kwh(self) -> float:
        """Return the usable content of the account, 0 where it is unknown [kWh]."""
        found = self.found.content.capacity_kwh
        return found if np.isfinite(found) else 0.0

    @property
    def start_kwh(self) -> float | None:
        """Return the content at the start of the year as the account has it [kWh]; None where it does not know."""
        held = self.found.content
        for values in (held.by_temperature, held.by_balance):
            if values is not None:
                first = values[self.at][:24]
                return float(np.nanmean(first)) if np.isfinite(first).any() else None
        return None

    def of_account(self, values: Floats | None) -> Floats | None:
        """Return the year's hours of a series of the account (n,), in its unit, None where it has none."""
        return None if values is None else values[self.at]

    @property
    def unknown_hours(self) -> int:
        """Return how many hours not every meter knows."""
        return int((~self.known).sum())


def account_of(store: Store, around: Around, seed: int) -> Account:
    """Return the store's account, or raise InsufficientData with what it lacks or which of its meters contradict."""
    n = len(around.start_utc)
    for point in (*store.charge, *store.discharge, *store.store_out, *store.electricity, *store.source):
        if point not in around.loads:
            raise InsufficientData(f"kan inte bedömas: mätpunkt {point} har inga mätvärden")
    found = account(
        store,
        around.start_utc,
        {point: load.energy_kwh[:, 0] for point, load in around.loads.items()},
        {point: trend.values for point, trend in around.trends.items()},
        np.full(n, np.nan) if around.outdoor_c is None else around.outdoor_c,
        seed,
    )
    if found.against:
        raise InsufficientData(f"kan inte bedömas: {found.against[0].text}")
    reasons = found.metered.reasons
    for key in ("charge", "discharge", "delivered_kwh", "out_kwh"):
        if key in reasons:
            raise InsufficientData(
                f"kan inte bedömas: {reasons[key].removeprefix('okänt: ')}, så vad lagret gjorde är okänt"
            )
    if store.has_heat_pump and found.metered.electricity_kwh is None:
        raise InsufficientData("kan inte bedömas: värmepumpens el mäts inte, så vad driften kostar är okänt")
    return found


def known_year(found: Account, around: Around, rows: slice, heat: str | None) -> KnownYear:
    """Return the hours of the year with the store at rest where any of its meters, or the heat need, is unknown.

    Raises InsufficientData where too few hours are known.
    """
    own, store = found.metered, found.metered.store
    before = len(around.start_utc) - len(own.start_utc)
    at = slice(rows.start - before, rows.stop - before)
    assert own.charge_kwh is not None and own.delivered_kwh is not None and own.out_kwh is not None
    there: dict[str, Floats] = {"laddning": own.charge_kwh[at], "urladdning": own.delivered_kwh[at]}
    there["uttag"] = own.out_kwh[at, 0]
    for name, values in (("el", own.electricity_kwh), ("källa", own.source_kwh)):
        if values is not None:
            there[name] = values[at]
    if heat is not None:
        there["köpt värme"] = around.loads[heat].energy_kwh[rows, 0]
    known = np.all([np.isfinite(values) for values in there.values()], axis=0)
    least = assumed("least_coverage").central
    if known.mean() < least:
        raise InsufficientData(
            f"kan inte bedömas: bara {sv(100 * known.mean())} % av timmarna har värde i alla lagrets mätare, minst "
            f"{sv(100 * least)} % krävs"
        )
    negative = [name for name, values in there.items() if (values[known] < -1e-6).any()]
    if negative:
        raise InsufficientData(f"kan inte bedömas: lagrets mätare visar negativ energi ({', '.join(negative)})")
    unknown, notes = int((~known).sum()), []
    if unknown:
        notes.append(f"{sv(unknown)} timmar saknar mätvärde: där rör sig lagret inte i någon av beräkningarna")
    clean = {name: np.where(known, np.maximum(values, 0.0), 0.0) for name, values in there.items()}
    return KnownYear(
        store, found, around.start_utc[rows], at, clean["laddning"], clean["urladdning"], clean["uttag"],
        clean.get("el"), clean.get("källa"), known, notes,
    )  # fmt: skip
