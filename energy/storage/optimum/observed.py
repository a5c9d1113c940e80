"""A store's year as the programme needs it: what it can do (Plant), what was done, and what that does to the bills.

The hours are those of `known_year`. What is read off the meters instead of told, or assumed, is said in `notes`; what
cannot be known raises InsufficientData.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from energy.calendar import next_month
from energy.errors import InsufficientData
from energy.model import Band, Floats, Load, Store
from energy.storage.accounts.displaced import Curve, return_by_load
from energy.storage.assumed import assumed
from energy.storage.optimum.around import Around, billed_points, filled
from energy.storage.optimum.contained import contained, stored_share
from energy.storage.optimum.electricity import Drawn, Electricity, Taken, split, taken_by
from energy.storage.optimum.known_year import KnownYear, account_of, known_year
from energy.storage.optimum.plant import Plant, Schedule
from energy.storage.optimum.repeated import rows_of
from energy.swedish import sv

__all__ = ["Around", "Observed", "observe"]

_CANNOT = "kan inte bedömas: "
_SINGLE = Band(1.0, 1.0, 1.0)


@dataclass(frozen=True)
class Observed:
    """A store's year. `per_draw` etc. are what one kWh does to heat and electricity bought, (n,) over the year."""

    store: Store
    months: tuple[date, ...]
    plant: Plant
    actual: Schedule
    heat_point: str | None  # the billed meter whose energy a discharge replaces
    power_point: str | None  # the billed meter that pays for the electricity
    heat_per_draw: Floats
    heat_per_direct: Floats
    heat_per_charge: float
    power_per_draw: Floats
    power_per_direct: Floats
    power_per_charge: float
    cop: Floats  # (n,) delivered heat per kWh of electricity, NaN without heat pump
    unknown_hours: int
    billed: tuple[Load, ...]  # the billed meters' year without holes
    curve: Curve | None = None  # the substation's return against its load
    stored_ratio: Band = _SINGLE  # electricity of a kWh out of the store over that of one straight from the source
    notes: tuple[str, ...] = ()  # Swedish: what is estimated, and how


def observe(store: Store, around: Around, months: Sequence[date], seed: int = 1) -> Observed:
    """Return the store's twelve months as the programme needs them.

    Raises InsufficientData, with what is lacking or contradicts, where its operation cannot be laid out.
    """
    first, end = months[0], next_month(months[-1])
    if store.commissioned > first:
        raise InsufficientData(f"kan inte bedömas: lagret togs i drift {store.commissioned}, året börjar {first}")
    rows = rows_of(around.start_utc, first, end)
    if rows.start < 0 or rows.stop > len(around.start_utc):
        raise InsufficientData(f"kan inte bedömas: mätvärdena räcker inte hela vägen {first:%Y-%m}–{months[-1]:%Y-%m}")
    found = account_of(store, around, seed)
    for month in months:
        if month in found.refused:
            raise InsufficientData(f"kan inte bedömas: {month:%Y-%m}: {found.refused[month].removeprefix(_CANNOT)}")
    points = billed_points(store, around)
    billed, notes = [], []
    for point in points:
        if point is not None:
            load, note = filled(around.loads[point], rows, point)
            billed.append(load)
            notes += [note] if note else []
    year = known_year(found, around, rows, points[0])
    year.notes[:0] = notes
    laid_out = _battery if store.kind == "battery" else _thermal
    return laid_out(year, months, points, tuple(billed), around, seed)


def _battery(
    year: KnownYear, months: Sequence[date], points: tuple[str | None, str | None], billed: tuple[Load, ...],
    around: Around, seed: int,
) -> Observed:  # fmt: skip
    store, charge, discharge, notes = year.store, year.charge, year.out, year.notes
    kept, loss = year.losses("kept_battery")
    most = year.most(store.discharge_kw, discharge, "urladdningseffekten")
    load = billed[0].energy_kwh[:, 0]
    plant = Plant(
        start_utc=year.start_utc,
        capacity_kwh=year.capacity_kwh,
        start_kwh=0.0,
        end_kwh=0.0,
        charge_kwh=np.maximum(year.most(store.charge_kw, charge, "laddningseffekten") * year.known, charge),
        draw_kwh=np.maximum(np.minimum(most, np.maximum(load + discharge - charge, 0.0)) * year.known, discharge),
        charge_kept=kept,
        loss_per_hour=loss,
    )
    plant, actual = contained(plant, charge, discharge, np.zeros(len(charge)), year.start_kwh, notes)
    ones = np.ones(len(charge))
    return Observed(
        store, tuple(months), plant, actual, None, points[1], 0 * ones, 0 * ones, 0.0, -ones, -ones, 1.0, np.nan * ones,
        year.unknown_hours, billed, notes=tuple(notes),
    )  # fmt: skip


def _thermal(
    year: KnownYear, months: Sequence[date], points: tuple[str | None, str | None], billed: tuple[Load, ...],
    around: Around, seed: int,
) -> Observed:  # fmt: skip
    """Return a thermal store: what it drew, what that delivered, and what electricity it took."""
    store, notes, charge = year.store, year.notes, year.charge
    taken = _taken(year, months)
    share, past = _ends_as_heat(year, taken)
    ends_as_heat = share * taken.per_heat  # of what is delivered
    kept, loss, drawn, direct = _out_of_store(year, year.delivered * (1.0 - ends_as_heat), past)
    power = split(taken, _drawn(year, drawn, direct), months, seed, has_heat_pump=store.has_heat_pump)
    notes += [power.text] if power.text else []
    limit = _deliverable(year, billed[0].energy_kwh[:, 0]) * (1.0 - ends_as_heat)
    bought_in = store.kind == "tank" and not store.source
    plant = Plant(
        start_utc=year.start_utc,
        capacity_kwh=year.capacity_kwh,
        start_kwh=0.0,
        end_kwh=0.0,
        charge_kwh=np.maximum(year.most(store.charge_kw, charge, "laddningseffekten") * year.known, charge),
        draw_kwh=np.maximum(limit, drawn + direct),
        charge_kept=kept,
        loss_per_hour=loss,
        source_kwh=None if bought_in else charge + direct + _spare(year),
        direct=bool((direct > 0).any()),
    )
    plant, actual = contained(plant, charge, drawn, direct, year.start_kwh, notes)
    return _joined(year, months, points, billed, around, plant, actual, power, share, taken, bought_in)


def _joined(
    year: KnownYear, months: Sequence[date], points: tuple[str | None, str | None], billed: tuple[Load, ...],
    around: Around, plant: Plant, actual: Schedule, power: Electricity, share: float, taken: Taken, bought_in: bool,
) -> Observed:  # fmt: skip
    assert points[0] is not None
    cop: Floats = np.divide(1.0, taken.per_heat, out=np.full(len(taken.per_heat), np.nan), where=taken.per_heat > 0)
    return Observed(
        year.store, tuple(months), plant, actual, points[0], points[1],
        heat_per_draw=-(1.0 + share * power.per_draw),
        heat_per_direct=-(1.0 + share * power.per_direct),
        heat_per_charge=1.0 if bought_in else 0.0,
        power_per_draw=power.per_draw,
        power_per_direct=power.per_direct,
        power_per_charge=power.per_charge,
        cop=cop,
        unknown_hours=year.unknown_hours,
        billed=billed,
        curve=_curve(year, around.loads[points[0]]),
        stored_ratio=power.ratio,
        notes=tuple(year.notes),
    )  # fmt: skip


def _taken(year: KnownYear, months: Sequence[date]) -> Taken:
    """Return what operation takes in electricity."""
    if year.electricity is None:
        year.notes.append("elen till lagrets pumpar mäts inte och ingår inte")
        none = np.zeros(len(year.charge))
        return Taken(0.0, none, year.delivered, none)
    pump = year.store.has_heat_pump
    return taken_by(months, year.start_utc, year.electricity, year.charge, year.delivered, has_heat_pump=pump)


def _ends_as_heat(year: KnownYear, taken: Taken) -> tuple[float, bool]:
    """Return (share of the electricity that ends as delivered heat, whether heat goes past the store).

    The store's own meter tells both, within the span assumed and the meters' tolerance; else the share is as assumed.
    """
    share = assumed("compressor_heat_share")
    if not year.store.has_heat_pump:
        return 0.0, True
    spent, out = float((taken.per_heat * taken.heat_kwh).sum()), float(year.out.sum())
    more = float(year.delivered.sum()) - out
    if not year.store.store_out or more - share.high * spent > assumed("cop_tolerance").central * out:
        return share.central, True
    return min(max(more / spent, share.low), share.high), False


def _out_of_store(year: KnownYear, source_drawn: Floats, past: bool) -> tuple[float, float, Floats, Floats]:
    """Return (kept of what is charged, lost in an hour, drawn out of the store itself, straight from the source)."""
    store = year.store
    if store.store_out:
        drawn = np.minimum(year.out, source_drawn) if past else year.out
        source_drawn = source_drawn if past else drawn
        return *year.losses(_assumed_kept(store)), drawn, source_drawn - drawn
    if not store.discharge_includes_heat_pump:
        return *year.losses(_assumed_kept(store)), source_drawn, np.zeros(len(source_drawn))
    if store.loss_pct_per_month is not None:
        kept, loss = year.losses(_assumed_kept(store))
    else:  # what the account finds by temperature counts heat past the store as taken out of it
        kept, loss = assumed(_assumed_kept(store)).central, 0.0
    share = stored_share(kept, loss, year.charge, source_drawn)
    lost = "den angivna förlusten" if store.loss_pct_per_month is not None else f"{sv(100 * kept)} % verkningsgrad"
    year.notes.append(
        f"det som tas ur lagret mäts inte för sig: {sv(100 * share)} % av uttaget antas komma ur det och resten direkt "
        f"från källan, med {lost}"
    )
    return kept, loss, share * source_drawn, (1.0 - share) * source_drawn


def _assumed_kept(store: Store) -> str:
    return "kept_tank" if store.kind == "tank" else "kept_borehole"


def _drawn(year: KnownYear, drawn: Floats, direct: Floats) -> Drawn:
    own = year.found.metered
    store_c, source_c, supply_c = (year.of_account(v) for v in (own.store_c, own.source_c, own.supply_c))
    outdoor, apart = own.outdoor_c[year.at], bool(year.store.store_out)
    return Drawn(year.start_utc, drawn, direct, outdoor, store_c, source_c, supply_c, apart)


def _spare(year: KnownYear) -> Floats:
    """Return what the source could have given beyond what was taken, as much of it as is assumed to be usable (n,)."""
    store = year.store
    if year.source is None:
        if not (store.kind == "tank" and not store.source):
            year.notes.append("källan mäts inte: lagret antas kunna ta emot högst det som laddades varje timme")
        return np.zeros(len(year.charge))
    usable = assumed("availability")
    year.notes.append(
        f"av värmen som kyldes bort räknas {sv(100 * usable.central)} % som möjlig att ta till vara "
        f"(bandet {sv(100 * usable.low)}-{sv(100 * usable.high)} %)"
    )
    return usable.central * year.source


def _deliverable(year: KnownYear, bought: Floats) -> Floats:
    """Return the most heat to deliver each hour (n,) [kWh]: by its power, and by the share of the need it has shown."""
    delivered, notes = year.delivered, year.notes
    power = year.most(year.store.discharge_kw, delivered, "urladdningseffekten")
    need = np.where(year.known, bought + delivered, 0.0)
    running = (delivered > 0) & (need > 0)
    share = 1.0
    if running.any():
        quantile = assumed("highest_seen").central
        share = float(np.quantile(delivered[running] / need[running], quantile))
        notes.append(
            f"lagret antas klara högst {sv(100 * share)} % av värmebehovet, den andel som {sv(100 * quantile)} % av "
            "timmarna i drift visar"
        )
    found: Floats = np.minimum(power, share * need)
    return found


def _curve(year: KnownYear, main: Load) -> Curve | None:
    """Return the substation's return against its load, read as the store's worth reads it."""
    own = year.found.metered.delivered_kwh
    assert own is not None
    whole = np.zeros(len(main.start_utc))
    whole[len(whole) - len(own) :] = own
    return return_by_load(main, whole)
