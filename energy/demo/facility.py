"""The made-up facility as a home: settings, price lists and an inbox of files as they would have arrived."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from importlib.resources import files as packaged

import numpy as np
import polars as pl

from energy.calendar import month_starts, next_month
from energy.demo import market, meterfiles, plan
from energy.demo.invoicing import invoice_files
from energy.demo.noise import stream
from energy.demo.physics import Physics, simulate
from energy.model import Floats

__all__ = ["files"]

_HERE = packaged("energy.demo")
_STATION = ("999999", "Syntetisk station")
_BROKEN = {310: "12,3,4", 311: "#SAKNAS!", 402: "okänt värde", 403: "", 450: "0x1F", 577: "-"}  # rows of 2018
_GAP = (date(2019, 2, 12), date(2019, 2, 15))  # the ice plant's submeter lost three days: no rows at all
_ESTIMATED = (date(2018, 11, 6), date(2018, 11, 7))
_REGISTER_START_KWH = 14.0  # what the store's heat meter stood at when it was fitted: tested at the factory
_README = (
    "Den här filen hör inte till någon regel i energibok.toml och ska därför läggas åt sidan med ett meddelande.\n"
    "Allt i inbox/ är syntetiskt: en påhittad anläggning, påhittade leverantörer och påhittade belopp.\n"
)


def files(seed: int = 1) -> dict[str, bytes]:
    """Return a whole home, relative path -> bytes: energibok.toml, tariffs/*.toml and inbox/**; same seed, same bytes.

    On purpose in it: a few unreadable values, three days without readings of the ice plant, a file delivered twice, a
    file that no rule matches, missing weather hours, an estimated day, and invoices with mistakes
    (`invoicing.MISTAKES`). Raises TariffError where a price list is wrong.
    """
    physics = simulate(seed)
    home = {"energibok.toml": _HERE.joinpath("energibok.toml").read_bytes()}
    lists = sorted(_HERE.joinpath("tariffs").iterdir(), key=lambda path: path.name)
    home.update({f"tariffs/{path.name}": path.read_bytes() for path in lists})
    spot = market.spot_eur_per_mwh(physics.start_utc, seed)
    fx = market.rates(plan.WARM_UP - timedelta(days=7), plan.END, seed)
    for part in (_meters(physics), _surroundings(physics, spot, fx, seed)):
        home.update({f"inbox/{path}": data for path, data in part})
    home["inbox/handelser/syntetiska_handelser.csv"] = _events()
    home["inbox/README.txt"] = _README.encode()
    texts = [(path.name, home[f"tariffs/{path.name}"].decode()) for path in lists]
    spot_sek = market.sek_per_kwh(spot, physics.start_utc, fx)
    home.update({f"inbox/fakturor/{path}": data for path, data in invoice_files(physics, spot_sek, texts)})
    return home


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
    sub = {
        plan.EL_STORE: np.where(time.since(plan.STORE_FROM), p.el_store_kwh, np.nan)[time.delivered],
        plan.EL_ICE: np.where(time.since(*_GAP), np.nan, p.el_ice_kwh)[time.delivered],
        plan.REJECTED: p.rejected_kwh[time.delivered],
    }
    yield "undermatare/syntetiska_undermatare.parquet", meterfiles.submeters(p.start_utc[time.delivered], sub)
    yield from _register_files(physics)


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
    for year, first, end in _years():
        rows = (hours >= plan.utc_of(first)) & (hours < plan.utc_of(end))  # civil time is normal time at New Year
        yield f"elpris/syntetiskt_elpris_SE3_{year}.csv", meterfiles.entsoe_portal(hours[rows], spot[rows], "SE3")
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
    head = "facility;kind;start;end;carrier;treatment;value;reason;decided_by\n"
    lines = [
        f"{plan.FACILITY};{kind};{start};{end - timedelta(days=1)};;{how};;{why};{who}"  # last day included
        for kind, start, end, how, why, who in rows
    ]
    return (head + "\n".join(lines) + "\n").encode()
