"""Writers of the file formats a Swedish municipality receives; each returns the bytes of one file.

Layouts after the originals: E.ON "Mätvärdesexport" (long form), heat suppliers' wide yearly exports, SMHI
"meteorologiska observationer" CSV, the day-ahead export of transparency.entsoe.eu, the ECB reference rate CSV.
"""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence

import numpy as np
import polars as pl

from energy.calendar import Instants, civil_time, normal_time
from energy.demo.market import Rates
from energy.model import Floats

__all__ = ["ecb", "entsoe_portal", "heat_wide", "power_long", "register", "smhi", "standings", "submeters", "table"]

_BOM = "\ufeff"
_GROUPING = ("\u00a0", " ", "\u202f")  # the spaces exports put between thousands
_SMHI_NOTES = (
    "Kvalitetskontrollerade historiska data (utom de senaste 3 mån)",
    "Tidsperiod (fr.o.m) = {first} (UTC)",
    "Tidsperiod (t.o.m.) = {last} (UTC)",
    "Samplingstid = momentanvärde, 1 gång/tim",
    "",
    "Kvalitetskoderna:",
    "Grön (G) = Kontrollerade och godkända värden.",
    "Gul (Y) = Misstänkta eller aggregerade värden.",
    "",
    "OBS: påhittade värden, ingen observation. Skriven av programmets demo.",
)


def decimal_text(values: Floats, decimals: int, mark: str = ",") -> pl.Series:
    """Return numbers as text with exactly `decimals` decimals, rounded once, never in exponent form."""
    scale = 10**decimals
    whole = pl.Series(np.rint(np.abs(values) * scale).astype(np.int64))
    sign = pl.Series(np.where((values < 0) & (whole.to_numpy() > 0), "-", ""))
    text: pl.Series = sign + (whole // scale).cast(pl.String)
    if decimals:
        text = text + mark + (whole % scale).cast(pl.String).str.zfill(decimals)
    return text


def stamps(wall: Instants, form: str) -> pl.Series:
    """Return naive wall-clock times as text."""
    return pl.Series(wall.astype("datetime64[us]")).dt.strftime(form)


def table(columns: Mapping[str, pl.Series], separator: str = ";") -> str:
    """Return the columns as delimited text with a header; cells are written as they are."""
    parts = [column.cast(pl.String).fill_null("") for column in columns.values()]
    rows = parts[0]
    for part in parts[1:]:
        rows = rows + separator + part
    return separator.join(columns) + "\n" + "\n".join(rows.to_list()) + "\n"


def heat_wide(start_utc: Instants, energy_kwh: Floats, volume_m3: Floats, supply_c: Floats, back_c: Floats) -> bytes:
    """Return the heat supplier's hourly export: UTF-8 with BOM, `;`, decimal comma, normal time, start stamps.

    Energy is in MWh with six decimals, so that the watt-hour survives.
    """
    text = table({
        "Tid": stamps(normal_time(start_utc), "%Y-%m-%d %H:%M"),
        "Energi (MWh)": decimal_text(energy_kwh / 1000.0, 6),
        "Flöde (m³)": decimal_text(volume_m3, 3),
        "Framledning (°C)": decimal_text(supply_c, 2),
        "Retur (°C)": decimal_text(back_c, 2),
    })  # fmt: skip
    return (_BOM + text).encode()


def power_long(
    meter: str,
    start_utc: Instants,
    energy_kwh: Floats,
    unit: str = "kWh",
    estimated: Sequence[int] = (),
    broken: Mapping[int, str] | None = None,
) -> bytes:
    """Return a grid company's long export in normal time; in Wh the thousands are set apart by three kinds of space.

    `estimated` are row positions marked «Beräknad»; `broken` replaces the value text of a row position.
    """
    wall = normal_time(start_utc)
    if unit == "Wh":
        mark = pl.Series(np.array(_GROUPING)[np.arange(energy_kwh.size) % len(_GROUPING)])
        digits = decimal_text(energy_kwh * 1000.0, 0)
        value = digits.str.head(-3) + mark + digits.str.tail(3)
    else:
        value = decimal_text(energy_kwh, 3)
    quality = np.full(energy_kwh.size, "Uppmätt", dtype=object)
    quality[list(estimated)] = "Beräknad"
    for row, text in (broken or {}).items():
        value[row] = text
    columns = {
        "Anläggnings-id": pl.Series([meter]).new_from_index(0, value.len()),
        "Starttid": stamps(wall, "%Y-%m-%d %H:%M"),
        "Sluttid": stamps(wall + np.timedelta64(3600, "s"), "%Y-%m-%d %H:%M"),
        "Energiriktning": pl.Series(["Förbrukning"]).new_from_index(0, value.len()),
        "Kvalitet": pl.Series(quality.tolist(), dtype=pl.String),
        "Kvantitet": value,
        "Enhet": pl.Series([unit]).new_from_index(0, value.len()),
    }
    return (_BOM + table(columns)).encode()


def register(instants_utc: Instants, standing_kwh: Floats) -> bytes:
    """Return a heat meter's hourly register standings [MWh, three decimals] in normal time, Windows-1252."""
    text = table({
        "Avläst": stamps(normal_time(instants_utc), "%Y-%m-%d %H:%M:%S"),
        "Mätarställning värme (MWh)": decimal_text(standing_kwh / 1000.0, 3),
    })  # fmt: skip
    return text.replace("\n", "\r\n").encode("cp1252")


def standings(instants_utc: Instants, standing_kwh: Floats) -> bytes:
    """Return an electricity meter's hourly register standings [kWh, three decimals] in normal time, UTF-8 with BOM."""
    text = table({
        "Avläst": stamps(normal_time(instants_utc), "%Y-%m-%d %H:%M"),
        "Mätarställning el (kWh)": decimal_text(standing_kwh, 3),
    })  # fmt: skip
    return (_BOM + text).encode()


def submeters(start_utc: Instants, meters: Mapping[str, Floats]) -> bytes:
    """Return tidy Parquet `meter_id, start_utc, kwh`; a NaN hour has no row."""
    start = pl.Series("start_utc", start_utc.astype("datetime64[us]")).dt.replace_time_zone("UTC")
    frames = [
        pl.DataFrame({"meter_id": pl.Series([meter]).new_from_index(0, kwh.size), "start_utc": start, "kwh": kwh})
        for meter, kwh in meters.items()
    ]
    out = io.BytesIO()
    pl.concat(frames).filter(pl.col("kwh").is_not_nan()).write_parquet(out, compression="zstd", statistics=False)
    return out.getvalue()


def smhi(start_utc: Instants, air_c: Floats, quality: pl.Series, station: str, name: str) -> bytes:
    """Return hourly observations in SMHI's layout: metadata blocks, then rows with free text in the sixth column."""
    first, last = (str(t).replace("T", " ") for t in (start_utc[0], start_utc[-1]))
    moved = last > "2021"  # the station stands two metres higher since then
    places = f"{first};2020-12-31 23:59:59;31.0;0.0000;0.0000\n2021-01-01 00:00:00;{last};33.0" if moved else (
        f"{first};{last};31.0"
    )  # fmt: skip
    head = (
        f"Stationsnamn;Stationsnummer;Stationsnät;Mäthöjd (meter över marken)\n{name};{station};Påhittat nät;2.0\n\n"
        "Parameternamn;Beskrivning;Enhet\nLufttemperatur;momentanvärde, 1 gång/tim;celsius\n\n"
        "Tidsperiod (fr.o.m);Tidsperiod (t.o.m);Höjd (meter över havet);Latitud (decimalgrader);"
        f"Longitud (decimalgrader)\n{places};0.0000;0.0000\n\n"
    )
    notes = [""] * start_utc.size
    notes[: len(_SMHI_NOTES)] = [";;" + note.format(first=first, last=last) for note in _SMHI_NOTES]
    columns = {
        "Datum": stamps(start_utc, "%Y-%m-%d"),
        "Tid (UTC)": stamps(start_utc, "%H:%M:%S"),
        "Lufttemperatur": decimal_text(air_c, 1, "."),
        "Kvalitet": quality + pl.Series(notes),
    }
    return (_BOM + head + table(columns).replace("Kvalitet\n", "Kvalitet;;Tidsutsnitt:\n", 1)).encode()


def entsoe_portal(start_utc: Instants, eur_per_mwh: Floats, area: str) -> bytes:
    """Return the portal's export of civil time: an empty hour in spring, the same label twice in autumn."""
    local = civil_time(start_utc)
    skipped = np.flatnonzero(np.diff(local) > np.timedelta64(3600, "s")) + 1
    label = np.insert(local, skipped, local[skipped] - np.timedelta64(3600, "s"))
    price = decimal_text(np.insert(eur_per_mwh, skipped, 0.0), 2, ".")
    currency = pl.Series(["EUR"]).new_from_index(0, label.size)
    for row in skipped + np.arange(skipped.size):
        price[int(row)], currency[int(row)] = "", ""
    start, end = (stamps(t, "%d.%m.%Y %H:%M") for t in (label, label + np.timedelta64(3600, "s")))
    rows = '"' + start + " - " + end + '","' + price + '","' + currency + '"'
    head = f'"MTU (CET/CEST)","Day-ahead Price [EUR/MWh]","Currency","BZN|{area}"'
    return (head + "\n" + "\n".join(rows.to_list()) + "\n").encode()


def ecb(fx: Rates) -> bytes:
    """Return the rates as the ECB writes them: one row per bank day, SEK per euro."""
    day = pl.Series(fx.day.astype("datetime64[D]")).dt.strftime("%Y-%m-%d")
    return table({"Date": day, "SEK": decimal_text(fx.sek_per_eur, 4, ".")}, ",").encode()
