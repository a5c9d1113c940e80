"""The heat map, hour by day: one pixel per hour in a small picture inside the SVG, so that a year weighs a few kB."""

from __future__ import annotations

import base64
import struct
import zlib
from datetime import date
from html import escape

import numpy as np
import numpy.typing as npt
import polars as pl

from dashboards import text, theme
from dashboards.charts.base import Chart, empty

# one hue, even steps of lightness, dark = much: read the same on white and on near-black
RAMP = np.array([[222, 235, 247], [158, 202, 225], [87, 160, 206], [33, 113, 181], [8, 48, 107]], dtype=np.float64)
Powers = npt.NDArray[np.float64]


def chart(frame: pl.DataFrame, key: str, name: str) -> Chart:
    """Return the heat map of one metering point, from its rows of the mart `heatmap`; hours are civil time."""
    known = _whole_days(frame.drop_nulls(["day", "hour", "power_kw"]))
    if known.is_empty():
        return empty(key, f"Dygnets timmar för {name}", "Det finns inga timvärden för de senaste 12 månaderna.")
    first, last, grid = _grid(known)
    top = known.sort("power_kw", descending=True).row(0, named=True)
    hour = known.group_by("hour").agg(pl.col("power_kw").mean()).sort("power_kw", descending=True)
    title = (
        f"{text.capital(name)}: högst {text.number(top['power_kw'])} kW {text.day(top['day'])} "
        f"klockan {top['hour']:02d}"
    )
    sentence = (
        f"Rutmönster med ett dygn per kolumn och en timme per rad, {text.span(first, last)}. {title}; "
        f"timmen med högst medeleffekt är {hour['hour'][0]:02d} och den med lägst är {hour['hour'][-1]:02d}."
    )
    table = (
        hour.sort("hour")
        .join(_extremes(known), on="hour", maintain_order="left")
        .select(
            pl.format("{}:00", pl.col("hour").cast(pl.String).str.zfill(2)).alias("Timme"),
            pl.col("power_kw").alias("Medel (kW)"),
            pl.col("low").alias("Lägst (kW)"),
            pl.col("high").alias("Högst (kW)"),
        )
    )
    wide, narrow = (_svg(grid, first, width, sentence, f"{key}-{n}") for n, width in (("b", 760), ("s", 330)))
    return Chart(
        key,
        title,
        sentence,
        table,
        wide,
        narrow,
        note="Mörkare betyder högre effekt. Randigt betyder att värden saknas. Timmarna är lokal tid; den "
        "dubbla timmen på hösten visas som en, och timmen som inte finns på våren är randig.",
    )


def _whole_days(known: pl.DataFrame) -> pl.DataFrame:
    """Return the hours without a first day of which only the last hours are known: the window began inside it."""
    first = known.filter(pl.col("day") == pl.col("day").min())
    return (
        known if first.height >= 12 or first.height == known.height else known.filter(pl.col("day") > first["day"][0])
    )


def _extremes(known: pl.DataFrame) -> pl.DataFrame:
    return known.group_by("hour").agg(pl.col("power_kw").min().alias("low"), pl.col("power_kw").max().alias("high"))


def _grid(known: pl.DataFrame) -> tuple[date, date, Powers]:
    """Return first day, last day and the powers (24, days), NaN where nothing is known; midnight is the bottom row."""
    days = known.get_column("day").to_numpy().astype("datetime64[D]")
    first, last = days.min(), days.max()
    grid = np.full((24, int((last - first).astype(int)) + 1), np.nan)
    hours = np.clip(known.get_column("hour").to_numpy(), 0, 23)
    grid[23 - hours, (days - first).astype(int)] = known.get_column("power_kw").to_numpy()
    return first.item(), last.item(), grid


def _png(grid: Powers) -> str:
    """Return the grid as a data address of a PNG with alpha; unknown hours are clear (PNG specification, ISO 15948)."""
    low, high = float(np.nanmin(grid)), float(np.nanmax(grid))
    at = np.nan_to_num((grid - low) / (high - low or 1.0)) * (len(RAMP) - 1)
    lower = np.clip(at.astype(int), 0, len(RAMP) - 2)
    share = (at - lower)[..., None]
    rgba = np.empty((*grid.shape, 4), dtype=np.uint8)
    rgba[..., :3] = np.rint(RAMP[lower] * (1 - share) + RAMP[lower + 1] * share)
    rgba[..., 3] = np.where(np.isnan(grid), 0, 255)
    rows = np.concatenate([np.zeros((grid.shape[0], 1), np.uint8), rgba.reshape(grid.shape[0], -1)], axis=1)

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    head = struct.pack(">IIBBBBB", grid.shape[1], grid.shape[0], 8, 6, 0, 0, 0)
    png = (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", head)
        + chunk(b"IDAT", zlib.compress(rows.tobytes(), 9))
        + chunk(b"IEND", b"")
    )
    return "data:image/png;base64," + base64.b64encode(png).decode()


def _svg(grid: Powers, first: date, width: int, sentence: str, prefix: str) -> str:
    """Return the whole picture: hours to the left, months below, the scale in words above."""
    left, top, height, size = 46, 30, 216, 13 if width > 400 else 12
    room = width - left - 8
    per_day = room / grid.shape[1]
    low, high = text.number(float(np.nanmin(grid))), text.number(float(np.nanmax(grid)))
    hours = "".join(
        f'<text x="{left - 7}" y="{top + height * (1 - h / 24) + 4:.1f}" text-anchor="end">{h:02d}</text>'
        for h in (0, 6, 12, 18, 24)
    )
    ramp = "".join(
        f'<stop offset="{n / (len(RAMP) - 1):.2f}" stop-color="rgb({",".join(str(int(v)) for v in c)})"/>'
        for n, c in enumerate(RAMP)
    )
    end = left + room
    scale = (
        f'<text x="{end - 118}" y="17" text-anchor="end">{low} kW</text>'
        f'<rect x="{end - 112}" y="7" width="50" height="12" fill="url(#{prefix}-r)"/>'
        f'<text x="{end - 56}" y="17">{high} kW</text>'
    )
    return (
        f'<svg role="img" aria-label="{escape(sentence, quote=True)}" focusable="false" width="{width}" '
        f'height="{top + height + 30}" viewBox="0 0 {width} {top + height + 30}" fill="currentColor" '
        f'font-family="{theme.FONT}" font-size="{size}"><defs><pattern id="{prefix}-h" width="6" height="6" '
        f'patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><rect width="2" height="6" fill="currentColor" '
        f'fill-opacity="0.35"/></pattern><linearGradient id="{prefix}-r">{ramp}</linearGradient></defs>'
        f'<text x="2" y="17">Timme</text>{scale}'
        f'<rect x="{left}" y="{top}" width="{room}" height="{height}" fill="url(#{prefix}-h)"/>'
        f'<image x="{left}" y="{top}" width="{room}" height="{height}" preserveAspectRatio="none" '
        f'style="image-rendering:pixelated" href="{_png(grid)}"/>{hours}'
        f"{_months(grid, first, left, top + height, per_day, width)}</svg>"
    )


def _months(grid: Powers, first: date, left: int, bottom: int, per_day: float, width: int) -> str:
    """Return a tick for every month and a name where there is room."""
    start = np.datetime64(first, "D")
    months = np.arange(np.datetime64(first, "M"), start + grid.shape[1], dtype="datetime64[M]")
    every = 1 if width > 400 and len(months) <= 14 else max(1, -(-len(months) // (13 if width > 400 else 4)))
    parts = []
    for n, month in enumerate(months):
        day = int((month.astype("datetime64[D]") - start).astype(int))
        if day < 0:
            continue
        x = left + day * per_day
        parts.append(f'<path d="M{x:.1f} {bottom}v6" stroke="currentColor" stroke-opacity="0.6"/>')
        if n % every == 0 and x < width - 30:
            number = month.astype(int) % 12
            word = str(month)[:4] if number == 0 else text.SHORT_MONTHS[number]
            parts.append(f'<text x="{x + 1:.1f}" y="{bottom + 19}">{word}</text>')
    return "".join(parts)
