"""Who carries which part of a metering point's cost, by month: the keys of allocation, else the contract's bearer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Protocol

import polars as pl

from energy.accounts import allocate
from energy.savings.bridging.borne import effective_shares
from flows.analysis.accounting import DAILY
from flows.analysis.inputs import FacilityInputs
from flows.store import Store

UNSTATED = "unstated"  # where neither contract nor facility says who carries the cost
Shares = dict[tuple[str, date], dict[str, float]]  # (metering point, month) -> bearer -> share, NaN where unknown


def shares_of(
    store: Store, points: Sequence[str], months: Sequence[date]
) -> tuple[Shares, Mapping[tuple[str, date], str]]:
    """Return the shares of the keys of allocation by metering point and month, and why one is unknown."""
    keys = store.table("settings.allocations").filter(pl.col("metering_point").is_in(points))
    if keys.is_empty():
        return {}, {}
    nothing = {"metering_point": pl.String, "month": pl.Date, "cost_sek": pl.Float64, "reason": pl.String}
    wanted = pl.DataFrame([(p, m, None, None) for p in points for m in months], schema=nothing, orient="row")
    shares: Shares = {}
    why: dict[tuple[str, date], str] = {}
    for row in allocate(keys, wanted, store.frame(DAILY)).iter_rows(named=True):
        at = (row["metering_point"], row["month"])
        is_known = row["share_pct"] is not None
        shares.setdefault(at, {})[row["cost_bearer"]] = row["share_pct"] / 100 if is_known else float("nan")
        if not is_known:
            why.setdefault(at, row["reason"])
    return shares, why


class Periods(Protocol):
    """Two periods as the months of each."""

    @property
    def base(self) -> Sequence[date]: ...

    @property
    def reporting(self) -> Sequence[date]: ...


@dataclass(frozen=True)
class Shared:
    """What each bearer takes of the bills of two periods, by metering point and component; `bills` rows of analysis."""

    inputs: FacilityInputs
    bills: Sequence[Mapping[str, Any]]

    def shares(
        self, points: Sequence[str], periods: Periods
    ) -> dict[str, dict[str, tuple[dict[str, float], dict[str, float]]]]:
        """Return bearer -> metering point -> its shares before and after; empty where one bearer carries all.

        Bearers are those of the keys, else of the contracts, else of the facility.
        """
        months = sorted({*periods.base, *periods.reporting})
        keys = shares_of(self.inputs.store, points, months)[0]
        lines = [row for row in self.bills if row["metering_point"] in points and row["month"] in months]
        weights = [self._weights(row, keys) for row in lines]
        found: dict[str, dict[str, tuple[dict[str, float], dict[str, float]]]] = {}
        bearers = sorted({who for one in weights for who in one})
        for who in bearers if len(bearers) > 1 else []:
            for point in points:
                both = [
                    effective_shares(
                        [
                            (row["component"], _known(row["amount_sek"]), weight.get(who, 0.0))
                            for row, weight in zip(lines, weights, strict=True)
                            if row["metering_point"] == point and row["month"] in span
                        ]
                    )
                    for span in (periods.base, periods.reporting)
                ]
                found.setdefault(who, {})[point] = (both[0], both[1])
        return found

    def _weights(self, row: Mapping[str, Any], keys: Shares) -> Mapping[str, float]:
        at = (row["metering_point"], row["month"])
        return keys.get(at) or {self._bearer(row): 1.0}

    def _bearer(self, row: Mapping[str, Any]) -> str:
        mine = [c for c in self.inputs.settings.contract if c.metering_point == row["metering_point"]]
        said = next((c.cost_bearer for c in mine if c.kind == row["contract_kind"]), None)
        return said or self.inputs.facility.cost_bearer or UNSTATED


def _known(amount: float | None) -> float:
    return float("nan") if amount is None else float(amount)
