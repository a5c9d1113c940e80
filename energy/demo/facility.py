"""The made-up facility as a home: settings, price lists and an inbox of files as they would have arrived."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from importlib.resources import files as packaged

import numpy as np
import polars as pl

from energy.calendar import month_starts, next_month
from energy.demo import automation, bookings, books, budgets, decisions, market, meterfiles, plan, siefile, webfiles
from energy.demo.billing import Supply
from energy.demo.invoices import InvoiceSpec
from energy.demo.invoicing import deliveries, invoice_files
from energy.demo.mistakes import Mistake, Sent
from energy.demo.noise import stream
from energy.demo.physics import Physics, simulate
from energy.demo.weather import earlier_years
from energy.model import Floats

__all__ = ["files", "sent", "told"]

_HERE = packaged("energy.demo")
_STATION = ("999999", "Syntetisk station")
_BROKEN = {310: "12,3,4", 311: "#SAKNAS!", 402: "okänt värde", 403: "", 450: "0x1F", 577: "-"}  # rows of 2018
_GAP = (date(2019, 2, 12), date(2019, 2, 15))  # the ice plant's submeter lost three days: no rows at all
_ESTIMATED = (date(2018, 11, 6), date(2018, 11, 7))
_REGISTER_START_KWH = 14.0  # what the store's heat meter stood at when it was fitted: tested at the factory
_LATEST = "2023-09-01T00"  # the station's latest months, while the archive has the same hours checked
_SPIKE = "2023-10-17T13"  # what the archive put right: 20 degrees too warm
_PRICED = (date(2023, 10, 23), date(2023, 10, 29))  # a week of days one by one; the last has 25 hours
_README = (
    "Den här filen hör inte till någon regel i energibok.toml och ska därför läggas åt sidan med ett meddelande.\n"
    "Allt i inbox/ är syntetiskt: en påhittad anläggning, påhittade leverantörer och påhittade belopp.\n"
)


def files(seed: int = 1) -> dict[str, bytes]:
    """Return a whole home, relative path -> bytes: energibok.toml, tariffs/*.toml and inbox/**; same seed, same bytes.

    On purpose in it: a few unreadable values, three days without readings of the ice plant, a file delivered twice, a
    file that no rule matches, missing weather hours, an estimated day, a register that rolls over and a meter that is
    replaced, invoices with mistakes (`mistakes.MISTAKES`) and books with others (`books.MISTAKES`).
    Raises TariffError where a price list is wrong.
    """
    physics = simulate(seed)
    home = {"energibok.toml": _HERE.joinpath("energibok.toml").read_bytes()}
    home.update({f"tariffs/{name}": text.encode() for name, text in _price_lists()})
    spot, fx = _market(physics, seed)
    invoices = sent(physics, seed)
    parts = (
        _meters(physics),
        ((f"driftdata/{name}", data) for name, data in automation.trend_files(physics, seed)),
        ((f"lagerdata/{name}", data) for name, data in automation.store_files(physics, seed)),
        _surroundings(physics, spot, fx, seed),
        ((f"fakturor/{name}", data) for name, data in invoice_files(invoices)),
        _office(invoices, seed),
    )
    for part in parts:
        home.update({f"inbox/{path}": data for path, data in part})
    home["inbox/handelser/syntetiska_handelser.csv"] = _events()
    home["inbox/README.txt"] = _README.encode()
    return home


def sent(physics: Physics, seed: int) -> list[tuple[str, InvoiceSpec]]:
    """Return (kind, invoice) of everything the suppliers sent. Raises TariffError where a price list is wrong."""
    return [(supply.kind, spec) for supply, _, _, found in told(physics, seed) for spec in found.documents]


def told(physics: Physics, seed: int) -> Iterator[tuple[Supply, InvoiceSpec, Mistake | None, Sent]]:
    """Yield `invoicing.deliveries` of the facility's own market and price lists."""
    spot, fx = _market(physics, seed)
    yield from deliveries(physics, market.sek_per_kwh(spot, physics.start_utc, fx), _price_lists())


def _price_lists() -> list[tuple[str, str]]:
    """Return (file name, TOML text) of every price list."""
    lists = sorted(_HERE.joinpath("tariffs").iterdir(), key=lambda path: path.name)
    return [(path.name, path.read_text(encoding="utf-8")) for path in lists]


def _market(physics: Physics, seed: int) -> tuple[Floats, market.Rates]:
    """Return (spot price of every hour [EUR/MWh], rates of the euro)."""
    spot = market.spot_eur_per_mwh(physics.start_utc, seed)
    return spot, market.rates(plan.WARM_UP - timedelta(days=7), plan.END, seed)


def _office(invoices: Sequence[tuple[str, InvoiceSpec]], seed: int) -> Iterator[tuple[str, bytes]]:
    """Yield what people keep: the general ledger and the budget by year, a season of bookings, opening hours."""
    for name, data in siefile.sie_files(books.vouchers(invoices)):
        yield f"huvudbok/{name}", data
    for name, data in budgets.budget_files(invoices):
        yield f"budget/{name}", data
    yield "bokningar/syntetiska_bokningar_2022-2023.xlsx", bookings.bookings(seed)
    yield "oppettider/syntetiska_oppettider.csv", bookings.opening_hours()
    yield "beslut/syntetiska_beslut.csv", decisions.decisions()


def _years() -> Iterator[tuple[int, date, date]]:
    for year in range(plan.FIRST.year, plan.END.year):
        yield year, date(year, 1, 1), date(year + 1, 1, 1)


def _meters(physics: Physics) -> Iterator[tuple[str, bytes]]:
    """Yield the meter files: heat and electricity by year, submeters in one, the store's register by month."""
    time, p = physics.time, physics
    for year, first, end in _years():
        rows = time.since(first, end)
        heat = meterfiles.heat_wide(
            p.start_utc[rows], p.district_kwh[rows], p.volume_m3[rows], p.supply_c[rows], p.return_c[rows]
        )
        yield f"fjarrvarme/syntetisk_fjarrvarme_{year}.csv", heat
        if year == 2019:
            yield "fjarrvarme/syntetisk_fjarrvarme_2019_kopia.csv", heat
        estimated = np.flatnonzero(time.since(*_ESTIMATED)[rows]).tolist()
        power = meterfiles.power_long(
            plan.EL_MAIN, p.start_utc[rows], p.el_main_kwh[rows], "Wh" if year == 2019 else "kWh",
            estimated, _BROKEN if year == 2018 else None,
        )  # fmt: skip
        yield f"el/syntetisk_el_{year}.csv", power
        if first >= plan.LIGHTING_FROM:
            unused = np.zeros(int(rows.sum()))
            lighting = meterfiles.power_long(plan.EL_LIGHTING, p.start_utc[rows], unused)
            yield f"el/syntetisk_el_belysning_{year}.csv", lighting
    no_ice = time.since(*_GAP) | time.since(plan.ICE_REGISTER_FROM)
    sub = {
        plan.EL_STORE: np.where(time.since(plan.STORE_FROM), p.el_store_kwh, np.nan)[time.delivered],
        plan.EL_ICE: np.where(no_ice, np.nan, p.el_ice_kwh)[time.delivered],
        plan.REJECTED: p.rejected_kwh[time.delivered],
        **{
            meter: np.where(time.since(plan.STORE_FROM), kwh, np.nan)[time.delivered]
            for meter, kwh in (
                (plan.CHARGED, p.charged_kwh),
                (plan.STORE_OUT, p.store_out_kwh),
                (plan.HEAT_PUMP, p.heat_pump_kwh),
                (plan.EL_BRINE, p.el_brine_kwh),
            )
        },
    }
    yield "undermatare/syntetiska_undermatare.parquet", meterfiles.submeters(p.start_utc[time.delivered], sub)
    yield from _register_files(physics)
    yield from _ice_register_files(physics)


def _register_files(physics: Physics) -> Iterator[tuple[str, bytes]]:
    """Yield the store's heat register, read every hour, one file a month; the first holds the standing at the start."""
    start = int(np.searchsorted(physics.start_utc, plan.utc_of(plan.STORE_FROM)))
    read_at = np.append(physics.start_utc[start:], physics.start_utc[-1] + np.timedelta64(3600, "s"))
    standing = _REGISTER_START_KWH + np.insert(np.cumsum(physics.store_heat_kwh[start:]), 0, 0.0)
    for month in month_starts(plan.STORE_FROM, plan.END - timedelta(days=1)):
        end = plan.utc_of(next_month(month))
        rows = (read_at > plan.utc_of(month)) & (read_at <= end)
        rows[0] = month == plan.STORE_FROM
        name = f"lagervarme/syntetisk_lagervarme_{month:%Y-%m}.csv"
        yield name, meterfiles.register(read_at[rows], standing[rows])


def _ice_register_files(physics: Physics) -> Iterator[tuple[str, bytes]]:
    """Yield the ice plant's electricity register, read every hour, one file a year.

    The old meter rolls over and is replaced within an hour; what it showed when taken down stands in the settings, so
    its earlier standings are counted back from there. Watt-hours are whole numbers: nothing is lost in a sum.
    """
    start = int(np.searchsorted(physics.start_utc, plan.utc_of(plan.ICE_REGISTER_FROM)))
    begun = physics.start_utc[start:]
    used = np.rint(physics.el_ice_kwh[start:] * 1000).astype(np.int64)
    changed = plan.ICE_METER_CHANGED - np.timedelta64(3600, "s")  # UTC
    share = np.clip((changed - begun) / np.timedelta64(3600, "s"), 0.0, 1.0)  # of each hour on the old meter
    old = np.insert(np.cumsum(np.rint(used * share).astype(np.int64)), 0, 0)
    new = np.insert(np.cumsum(used), 0, 0) - old
    read_at = np.append(begun, begun[-1] + np.timedelta64(3600, "s"))
    whole = 10 ** (plan.ICE_REGISTER_DIGITS + 3)
    before = (round(plan.ICE_OLD_STOP_KWH * 1000) - old[-1] + old) % whole
    standing = np.where(read_at < changed, before, round(plan.ICE_NEW_START_KWH * 1000) + new) / 1000.0
    for year, first, end in _years():
        rows = (read_at > plan.utc_of(first)) & (read_at <= plan.utc_of(end))
        rows[0] = first == plan.ICE_REGISTER_FROM
        if rows.any():
            name = f"kylmaskiner/syntetisk_kylmaskiner_el_{year}.csv"
            yield name, meterfiles.standings(read_at[rows], standing[rows])


def _surroundings(physics: Physics, spot: Floats, fx: market.Rates, seed: int) -> Iterator[tuple[str, bytes]]:
    """Yield weather, spot prices by civil year, and currency."""
    hours = physics.start_utc
    kept = ~((hours >= np.datetime64("2018-07-03T02")) & (hours < np.datetime64("2018-07-03T08")))
    kept &= ~np.isin(hours, np.array(["2019-05-14T11:00:00", "2019-05-19T04:00:00"], dtype="datetime64[s]"))
    suspect = stream(seed, "quality").random(int(kept.sum())) < 0.002
    quality = pl.Series(np.where(suspect, "Y", "G").tolist())
    number, name = _STATION
    observed = meterfiles.smhi(hours[kept], physics.air_temperature_c[kept], quality, number, name)
    yield "vader/syntetisk_lufttemperatur_999999.csv", observed
    before, air = earlier_years(seed, float(physics.air_temperature_c[0]))
    green = pl.Series(["G"]).new_from_index(0, air.size)
    yield "vader/syntetisk_lufttemperatur_999999_2008-2017.csv", meterfiles.smhi(before, air, green, number, name)
    late = (hours >= np.datetime64(_LATEST)) & (hours < plan.utc_of(plan.END))
    latest = physics.air_temperature_c[late] + np.where(hours[late] == np.datetime64(_SPIKE), 20.0, 0.0)
    unchecked = webfiles.smhi_latest(hours[late], latest, number, name)
    yield "vader/syntetisk_lufttemperatur_999999_latest-months.json", unchecked
    for year, first, end in _years():
        rows = (hours >= plan.utc_of(first)) & (hours < plan.utc_of(end))  # civil time is normal time at New Year
        yield f"elpris/syntetiskt_elpris_SE3_{year}.csv", meterfiles.entsoe_portal(hours[rows], spot[rows], "SE3")
    for day, prices in webfiles.elprisetjustnu(hours, spot, fx, *_PRICED):
        yield f"elpris/syntetiskt_elpris_{day}_SE3.json", prices
    yield "valuta/syntetisk_eurosek.csv", meterfiles.ecb(fx)


def _events() -> bytes:
    """Return the event ledger: ice seasons, closures with treatment and who decided, and the project itself."""
    rows = [
        ("ice_season", start, end, "", "Is i båda hallarna", "Syntetisk driftchef")
        for start, end in plan.ICE_SEASONS
        if end > plan.FIRST
    ]
    rows += [
        ("closed", c.start, c.end, "exclude" if c.excluded else "", c.reason, "Syntetisk energicontroller")
        for c in plan.CLOSURES
    ]
    day_after = plan.STORE_FROM + timedelta(days=1)
    rows.append(("project", plan.STORE_FROM, day_after, "", "Energilagret i drift", "Syntetiska Fastighets AB"))
    head = "facility;kind;start;end;carrier;treatment;value;unit;uncertainty;reason;decided_by\n"
    lines = [
        f"{plan.FACILITY};{kind};{start};{end - timedelta(days=1)};;{how};;;;{why};{who}"  # last day included
        for kind, start, end, how, why, who in rows
    ]
    first, last = plan.FEWER_VISITORS
    effect = "district_heating;engineering;-2;percent;2;" + plan.FEWER_WHY
    lines.append(f"{plan.FACILITY};non_routine;{first};{last};{effect};Syntetisk energicontroller")
    return (head + "\n".join(lines) + "\n").encode()
