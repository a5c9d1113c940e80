"""Keys that share a metering point's cost and energy between those who bear it.

A key is a fixed share, a submeter's part of the energy, or the rest. Keys hold from one day to another; a month in
which they change is shared by days. What a new key moves between bearers is told as such: it is no saving.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from typing import Any

import numpy as np
import polars as pl

from energy.calendar import add_months, next_month
from energy.model import Floats
from energy.swedish import sv

RESULT: dict[str, Any] = {
    "metering_point": pl.String, "cost_bearer": pl.String, "month": pl.Date, "share_pct": pl.Float64,
    "energy_kwh": pl.Float64, "cost_sek": pl.Float64, "key_text": pl.String, "reason": pl.String,
}  # fmt: skip
_NO_DAY = date(1, 1, 1)
_EPS = 1e-9


@dataclass(frozen=True)
class Key:
    """One row of [[allocation]]."""

    cost_bearer: str
    share: float | None
    submeter: str | None
    rest: bool
    valid_from: date
    valid_to: date
    reason: str = ""


@dataclass(frozen=True)
class _Daily:
    """Energy a day of one metering point, summed from its first day so that any span is one subtraction."""

    first: date
    total: Floats  # (days + 1,)
    known: Floats  # (days + 1,)

    def between(self, first: date, end: date) -> float | None:
        """Return the energy of [first, end) [kWh], None where a day lacks its value."""
        a, b = (first - self.first).days, (end - self.first).days
        if a < 0 or b >= len(self.total) or self.known[b] - self.known[a] != b - a:
            return None
        return float(self.total[b] - self.total[a])


@dataclass(frozen=True)
class _Part:
    """What one bearer takes of a span: its share of the cost, its energy; None with a reason."""

    share: float | None
    energy_kwh: float | None
    reason: str | None = None


def allocate(keys: pl.DataFrame, cost: pl.DataFrame, daily: pl.DataFrame) -> pl.DataFrame:
    """Return one row per metering point, month and bearer; columns of RESULT.

    `keys`: rows as settings.allocations. `cost`: metering_point, month, cost_sek [SEK], reason (why it is null).
    `daily`: metering_point, day, energy_kwh, null on days that are not whole. Shares of a point add up to its cost;
    where a submeter or the main meter lacks values the bearers that depend on it have no figure, and a reason.
    """
    meters = _meters(daily)
    rows: list[dict[str, Any]] = []
    for point in sorted(keys["metering_point"].unique()):
        mine = _keys(keys.filter(metering_point=point))
        months = cost.filter(metering_point=point).sort("month")
        known = {
            m: (None if c is None else float(c), r)
            for m, c, r in months.select("month", "cost_sek", "reason").iter_rows()
        }
        for month, (amount, reason) in known.items():
            found = _month(point, mine, month, meters)
            texts = _texts(point, mine, month, meters, {m: c for m, (c, _) in known.items()})
            rows += _rows(point, month, found, amount, reason, texts)
    return pl.DataFrame(rows, schema=RESULT).sort("metering_point", "month", "cost_bearer")


def reallocated_sek(before: Sequence[float], after: Sequence[float], cost_sek: Sequence[float]) -> float:
    """Return how much of a bearer's change the key alone makes [SEK]: Σ (share after - share before) · cost, by month.

    Over all bearers of a point it is nought: a key moves money, it saves none.
    """
    return float(sum((a - b) * c for a, b, c in zip(after, before, cost_sek, strict=True)))


def _keys(rows: pl.DataFrame) -> list[Key]:
    columns = ["cost_bearer", "share", "submeter", "rest", "valid_from", "valid_to", "reason"]
    return [Key(*row) for row in rows.select(columns).sort(columns, nulls_last=True).iter_rows()]


def _meters(daily: pl.DataFrame) -> dict[str, _Daily]:
    found = {}
    for (point,), rows in daily.sort("metering_point", "day").partition_by("metering_point", as_dict=True).items():
        span = rows["day"].min(), rows["day"].max()
        calendar = pl.DataFrame({"day": pl.date_range(*span, "1d", eager=True)})  # type: ignore[arg-type]
        values = calendar.join(rows, on="day", how="left", maintain_order="left")["energy_kwh"].cast(pl.Float64)
        kwh = values.fill_null(np.nan).to_numpy()
        known = np.isfinite(kwh)
        sums = [np.concatenate([[0.0], np.cumsum(a)]) for a in (np.where(known, kwh, 0.0), known.astype(np.float64))]
        found[str(point)] = _Daily(calendar["day"][0], *sums)
    return found


def _spans(keys: Sequence[Key], first: date, end: date) -> list[tuple[date, date]]:
    """Return [first, end) cut where a key begins or ends."""
    cuts = {d for key in keys for d in (key.valid_from, key.valid_to) if first < d < end}
    edges = [first, *sorted(cuts), end]
    return list(pairwise(edges))


def _held(keys: Sequence[Key], day: date) -> list[Key]:
    return [key for key in keys if key.valid_from <= day < key.valid_to]


def _month(point: str, keys: Sequence[Key], month: date, meters: Mapping[str, _Daily]) -> dict[str, _Part]:
    """Return what each bearer takes of a month: the spans of its keys weighed by days."""
    end = next_month(month)
    spans = [(a, b, _held(keys, a)) for a, b in _spans(keys, month, end)]
    bearers = sorted({key.cost_bearer for _, _, held in spans for key in held})
    bare = [(a, b) for a, b, held in spans if not held]
    if bearers and bare:
        days = ", ".join(f"{a} till {b - timedelta(days=1)}" for a, b in bare)
        return dict.fromkeys(bearers, _Part(None, None, f"kan inte bedömas: ingen fördelningsnyckel gäller {days}"))
    parts = [((b - a).days / (end - month).days, _span(point, held, a, b, meters)) for a, b, held in spans]
    return {bearer: _added([(w, found[bearer]) for w, found in parts if bearer in found]) for bearer in bearers}


def _added(parts: Sequence[tuple[float, _Part]]) -> _Part:
    """Return the parts of a month together: shares weighed, energies added; unknown where one of them is."""
    reason = next((p.reason for _, p in parts if p.reason), None)
    shares = [None if p.share is None else w * p.share for w, p in parts]
    return _Part(_sum(shares), _sum([p.energy_kwh for _, p in parts]), reason)


def _sum(values: Sequence[float | None]) -> float | None:
    known = [v for v in values if v is not None]
    return sum(known) if len(known) == len(values) else None


def _span(point: str, held: Sequence[Key], first: date, end: date, meters: Mapping[str, _Daily]) -> dict[str, _Part]:
    """Return what each bearer takes of a span in which the keys stand still; a bearer's several keys are added."""
    main = _energy(point, first, end, meters)
    direct = [(key, _direct(key, main, point, first, end, meters)) for key in held if not key.rest]
    taken = _sum([part.share for _, part in direct])
    why = next((part.reason for _, part in direct if part.reason), None)
    if taken is not None and taken > 1 + _EPS:
        why = f"kan inte bedömas: bärarna tar tillsammans {sv(taken, 2)} av {point} från {first}, mer än allt"
        direct = [(k, p if k.submeter is None else _Part(None, None, why)) for k, p in direct]
        taken = None
    elif taken is not None and taken < 1 - _EPS and not any(key.rest for key in held):
        why = f"kan inte bedömas: andelarna för {point} är tillsammans {sv(taken, 2)} från {first}, inte 1"
        direct = [(k, _Part(None, None, why)) for k, _ in direct]
    rest = _Part(None, None, why) if taken is None else _fixed(max(1 - taken, 0.0), main, point, first)
    found: dict[str, list[tuple[float, _Part]]] = {}
    for key, part in [*direct, *((key, rest) for key in held if key.rest)]:
        found.setdefault(key.cost_bearer, []).append((1.0, part))
    return {bearer: _added(parts) for bearer, parts in found.items()}


def _direct(
    key: Key, main: float | None, point: str, first: date, end: date, meters: Mapping[str, _Daily]
) -> _Part:  # fmt: skip
    """Return what a key with a share or a submeter takes."""
    if key.submeter is None:
        return _fixed(key.share or 0.0, main, point, first)
    own = _energy(key.submeter, first, end, meters)
    if own is None:
        return _Part(None, None, _lacking(key.submeter, first))
    if main is None:
        return _Part(None, own, _lacking(point, first))
    if main <= 0:
        return _Part(None, own, f"kan inte bedömas: {point} har ingen energi att fördela i {first:%Y-%m}")
    return _Part(own / main, own)


def _fixed(share: float, main: float | None, point: str, first: date) -> _Part:
    return _Part(share, None if main is None else share * main, _lacking(point, first) if main is None else None)


def _lacking(point: str, first: date) -> str:
    return f"kan inte bedömas: {point} saknar mätvärden i {first:%Y-%m}"


def _energy(point: str, first: date, end: date, meters: Mapping[str, _Daily]) -> float | None:
    return meters[point].between(first, end) if point in meters else None


def _rows(
    point: str, month: date, found: Mapping[str, _Part], cost: float | None, why: str | None, texts: Mapping[str, str]
) -> list[dict[str, Any]]:
    """Return the rows of a month; the one with the largest share takes what floating point leaves, so all adds up."""
    shares = {bearer: part.share for bearer, part in found.items()}
    costs = {b: None if cost is None or s is None else cost * s for b, s in shares.items()}
    if cost is not None and costs and None not in costs.values():
        largest = max(sorted(costs), key=lambda b: shares[b] or 0.0)
        costs[largest] = cost - sum(v for b, v in costs.items() if b != largest and v is not None)
    missing = None if cost is not None else why or f"ingen räkning är beräknad för {month:%Y-%m}"
    if missing and not missing.startswith("kan inte bedömas"):
        missing = f"kan inte bedömas: {missing}"
    return [
        {
            "metering_point": point, "cost_bearer": bearer, "month": month,
            "share_pct": None if part.share is None else 100 * part.share, "energy_kwh": part.energy_kwh,
            "cost_sek": costs[bearer], "key_text": texts.get(bearer), "reason": part.reason or missing,
        }
        for bearer, part in found.items()
    ]  # fmt: skip


def _texts(
    point: str, keys: Sequence[Key], month: date, meters: Mapping[str, _Daily], cost: Mapping[date, float | None]
) -> dict[str, str]:
    """Return the key of each bearer in words; in a month in which it changes, what the new one alone moves."""
    end = next_month(month)
    starts = [a for a, _ in _spans(keys, month, end)]
    texts: dict[str, str] = {}
    for day in starts:
        before, held = _held(keys, day - timedelta(days=1)) if day > _NO_DAY else [], _held(keys, day)
        for bearer in sorted({key.cost_bearer for key in held}):
            mine, earlier = _words(held, bearer), _words(before, bearer)
            takes_rest = any(key.rest for key in held if key.cost_bearer == bearer)
            if before and (mine != earlier or (takes_rest and _terms(before) != _terms(held))):
                mine += f"; {_moved(point, before, held, bearer, day, meters, cost)}"
            texts[bearer] = f"{texts[bearer]}; {mine}" if bearer in texts and mine not in texts[bearer] else mine
    return texts


def _terms(held: Sequence[Key]) -> set[tuple[str, float | None, str | None, bool]]:
    return {(key.cost_bearer, key.share, key.submeter, key.rest) for key in held}


def _words(held: Sequence[Key], bearer: str) -> str:
    words = [
        "resten"
        if key.rest
        else f"undermätare {key.submeter}"
        if key.submeter
        else f"fast andel {sv(key.share or 0, 2)}"
        for key in held
        if key.cost_bearer == bearer
    ]
    return " och ".join(words)


def _moved(
    point: str, before: Sequence[Key], after: Sequence[Key], bearer: str, day: date, meters: Mapping[str, _Daily],
    cost: Mapping[date, float | None],
) -> str:  # fmt: skip
    """Return the sentence of a new key: both keys on the same year's cost and energy, so that only the key differs."""
    told = f"{day:%Y-%m}" if day.day == 1 else f"{day}"
    why = next((f" ({key.reason})" for key in after if key.cost_bearer == bearer and key.reason), "")
    months = [add_months(day if day.day == 1 else next_month(day), n) for n in range(12)]
    both = []
    for month in months:
        old, new = (_span(point, held, month, next_month(month), meters).get(bearer) for held in (before, after))
        shares = (0.0 if old is None else old.share, 0.0 if new is None else new.share, cost.get(month))
        if None not in shares:
            both.append(shares)
    if not both:
        return f"ny nyckel från {told}{why}: vad den flyttar kan inte bedömas, ingen besparing"
    old_shares, new_shares, costs = (np.array(v, dtype=np.float64) for v in zip(*both, strict=True))
    moved = reallocated_sek(list(old_shares), list(new_shares), list(costs))
    span = "/år" if len(both) == 12 else f" på {len(both)} månader"
    way = "till" if moved >= 0 else "från"
    change = f"{sv(old_shares.mean(), 2)} → {sv(new_shares.mean(), 2)}"
    return f"ny nyckel från {told}{why}: {change}; flyttar {_tkr(moved)}{span} {way} denna bärare, ingen besparing"


def _tkr(amount: float) -> str:
    size = abs(amount) / 1000
    return f"{sv(size, 1 if size < 10 else 0)} tkr"
