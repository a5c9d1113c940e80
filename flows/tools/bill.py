"""`bill`: price a load of any tidy Parquet, without a home; and how such files are read."""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from energy.calendar import hours_between
from energy.errors import SettingsError, SourceError
from energy.model import BillingContext, Contract, Floats, Load
from flows.answers import emit, parse_month

FAR = date(2100, 1, 1)


def bill(arguments: argparse.Namespace) -> int:
    """Price a load with a price list, component by component; with VAT as a view where it is asked for."""
    from energy.tariffs.bill import bill as price
    from energy.tariffs.bill import to_frame
    from energy.tariffs.pricelist import known_options
    from energy.tariffs.vat import with_vat
    from flows.tools.tariffs import find

    month = parse_month(arguments.month)
    if month is None:
        raise SettingsError("--month: ange en månad, ÅÅÅÅ-MM")
    price_list = find(str(arguments.tariff), arguments.home)
    options, known = options_of(arguments.set), known_options(price_list)
    if wrong := sorted(options.keys() - known):
        raise SettingsError(f"--set {wrong[0]}: betyder inget för listan. Kända: {', '.join(sorted(known)) or 'inga'}.")
    load = load_of(arguments.readings)
    contract = Contract(load.metering_point, price_list.family, date(1990, 1, 1), FAR, options)
    context = with_spot(arguments.spot, load, BillingContext()) if arguments.spot else BillingContext()
    components = price(load, [contract], [price_list], [month], context)
    rows = pl.concat([to_frame(components), with_vat(components, [price_list])], how="horizontal").to_dicts()
    for row, one in zip(rows, components, strict=True):
        row["evidence"] = [{"at": at, "what": what} for at, what in one.evidence]
    if arguments.json:
        emit(arguments, {"bill": rows, "total": [_total(rows)]}, {})
    else:
        _print_bill(rows, arguments.vat)
    return 0


def _total(rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return the sums of the rounded rows, null where a row is unknown, and how they are rounded."""
    from energy.tariffs.vat import ROUNDING_SV

    whole = all(row["amount_sek"] is not None for row in rows)
    sums = {key: round(sum(row[key] for row in rows), 2) if whole else None
            for key in ("net_sek", "vat_sek", "gross_sek")}  # fmt: skip
    return {**sums, "rounding": ROUNDING_SV}


def _print_bill(rows: Sequence[dict[str, Any]], vat: bool) -> None:
    """Print the bill as a table, what set its determinants, and its sum, with VAT where it is asked for."""
    from dashboards.text import number
    from flows.terminal import clean
    from flows.tools.tariffs import table

    heads = {"label": "Benämning", "quantity": "Underlag", "unit": "Enhet", "net_sek": "Exkl. moms (SEK)"}
    if vat:
        heads |= {"vat_percent": "Moms (%)", "vat_sek": "Moms (SEK)", "gross_sek": "Inkl. moms (SEK)"}
    print(table([{**row, **_written(row)} for row in rows], heads | {"reason": "Kan inte bedömas"}))
    for row in rows:
        for one in row["evidence"]:
            print(clean(f"{row['label']}: {one['at']} {one['what']}"))
    total = _total(rows)
    if total["net_sek"] is None:
        print("Summan kan inte bedömas: se orsaken ovan.")
        return
    print(f"Summa exkl. moms: {number(total['net_sek'], 2)} SEK")
    if vat:
        print(f"Moms: {number(total['vat_sek'], 2)} SEK\nSumma inkl. moms: {number(total['gross_sek'], 2)} SEK")
    print(total["rounding"] if vat else "Varje rad är avrundad till öre, och summan är de avrundade radernas.")


def _written(row: Mapping[str, Any]) -> dict[str, str | None]:
    """Return the amounts of a row with their öre: a table else writes large numbers without."""
    from dashboards.text import number

    return {key: None if row[key] is None else number(row[key], 2) for key in ("net_sek", "vat_sek", "gross_sek")}


def parquet(path: Path) -> pl.DataFrame:
    """Return a Parquet file as a frame. Raises SourceError where it cannot be read."""
    try:
        return pl.read_parquet(path)
    except FileNotFoundError:
        raise SourceError(f"{path}: filen finns inte. Kontrollera sökvägen.") from None
    except (OSError, pl.exceptions.PolarsError) as error:
        raise SourceError(f"{path}: kan inte läsas som Parquet: {error}. Kontrollera sökvägen.") from error


def need(path: Path, data: pl.DataFrame, columns: tuple[str, ...]) -> None:
    """Raise SourceError where a column is missing, with those there are."""
    missing = [c for c in columns if c not in data.columns]
    if missing:
        raise SourceError(f"{path}: saknar kolumnen {', '.join(missing)}. Filen har: {', '.join(data.columns)}.")


def either(data: pl.DataFrame, wanted: str, other: str) -> pl.DataFrame:
    """Return the frame with the column `wanted`, which may be called `other`: kwh and energy_kwh are one quantity."""
    is_other = wanted not in data.columns and other in data.columns
    return data.rename({other: wanted}) if is_other else data


def _instants(path: Path, data: pl.DataFrame) -> pl.DataFrame:
    """Return the frame with start_utc as instants in UTC; a time without a zone is taken as UTC, as its name says."""
    kind = data.schema["start_utc"]
    if not isinstance(kind, pl.Datetime):
        raise SourceError(f"{path}: start_utc är {kind}, inte en tidpunkt. Spara kolumnen som tidpunkt i UTC.")
    zoned = pl.col("start_utc").dt
    utc = zoned.convert_time_zone("UTC") if kind.time_zone else zoned.replace_time_zone("UTC")
    return data.with_columns(utc.dt.cast_time_unit("us"))


def span(text: str) -> tuple[date, date]:
    """Return the first and last day of a period written A:B. Raises SettingsError on anything else."""
    first, _, end = text.partition(":")
    try:
        return date.fromisoformat(first), date.fromisoformat(end)
    except ValueError:
        raise SettingsError(f"«{text}» är ingen period. Skriv ÅÅÅÅ-MM-DD:ÅÅÅÅ-MM-DD.") from None


def options_of(pairs: Sequence[str]) -> dict[str, Any]:
    """Return the options of a contract written as NAME=VALUE; numbers as numbers, true and false as such."""
    options: dict[str, Any] = {}
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if not equals:
            raise SettingsError(f"--set {pair!r}: skriv NAMN=VÄRDE, till exempel subscribed_kw=120.")
        try:
            number = float(value)
        except ValueError:
            options[name] = value
        else:
            options[name] = int(number) if number.is_integer() else number
    return options


def load_of(path: Path) -> Load:
    """Return the load of a tidy Parquet file on an unbroken grid of hours; missing hours are NaN.

    Rows are hours, or quarters of an hour, which then are kept beside their sums. Raises SourceError for other rows.
    """
    data = either(parquet(path), "energy_kwh", "kwh")
    need(path, data, ("start_utc", "energy_kwh"))
    data = _instants(path, data)
    point = _only_meter(path, data)
    stamps, steps = _stamps(path, data)
    if steps == 4 and any(c.endswith("_temperature_c") for c in data.columns):
        raise SourceError(f"{path}: temperaturer per kvart kan inte läggas ihop till timmar. Spara timvärden.")
    hours = hours_between(stamps.min(), stamps.max() + np.timedelta64(1, "h"))
    rows = ((stamps - hours[0]) // np.timedelta64(3600 // steps, "s")).astype(np.int64)
    parts = {c: _on_grid(data[c].cast(pl.Float64).to_numpy(), rows, len(hours) * steps).reshape(-1, steps, 1)
             for c in data.columns if c in _LOAD_COLUMNS}  # fmt: skip
    columns = {c: values.sum(axis=1) for c, values in parts.items()}
    volume = columns.get("volume_m3")
    for side in ("supply", "return"):
        if f"{side}_m3c" not in columns and f"{side}_temperature_c" in columns and volume is not None:
            columns[f"{side}_m3c"] = volume * columns[f"{side}_temperature_c"]
    return Load(
        point, hours, columns["energy_kwh"], volume, columns.get("supply_m3c"), columns.get("return_m3c"),
        reactive_kvarh=columns.get("reactive_kvarh"),
        energy_quarters_kwh=parts["energy_kwh"] if steps == 4 else None,
    )  # fmt: skip


_LOAD_COLUMNS = (
    "energy_kwh", "volume_m3", "supply_m3c", "return_m3c", "supply_temperature_c", "return_temperature_c",
    "reactive_kvarh",
)  # fmt: skip


def _stamps(path: Path, data: pl.DataFrame) -> tuple[npt.NDArray[np.datetime64], int]:
    """Return (start of every row, rows an hour: 1 or 4). Raises SourceError where rows are neither, or told twice."""
    stamps = data["start_utc"].dt.epoch("s").to_numpy().astype("datetime64[s]")
    if not len(stamps) or len(np.unique(stamps)) != len(stamps):
        raise SourceError(f"{path}: tom eller med dubbla tider i start_utc. Varje timme ska finnas en gång.")
    seconds = stamps.astype(np.int64) % 3600
    if not seconds.any():
        return stamps, 1
    if (seconds % 900).any():
        raise SourceError(f"{path}: start_utc har tider som varken är hela timmar eller kvartar. Spara timvärden.")
    return stamps, 4


def _only_meter(path: Path, data: pl.DataFrame) -> str:
    column = next((c for c in ("metering_point", "meter_id") if c in data.columns), None)
    meters = data[column].cast(pl.String).unique().to_list() if column else ["last"]
    if len(meters) != 1:
        raise SourceError(f"{path}: {len(meters)} mätare i filen; en räkning gäller en. Dela filen.")
    return str(meters[0])


def _on_grid(values: Any, rows: Any, length: int) -> Floats:
    found = np.full(length, np.nan)
    inside = (rows >= 0) & (rows < length)
    found[rows[inside]] = values[inside]
    return found


def with_spot(path: Path, load: Load, context: BillingContext) -> BillingContext:
    """Return the context with the spot prices of a Parquet file on the hours of the load.

    Prices by quarter become the hour's mean, and are kept beside it.
    """
    data = parquet(path)
    need(path, data, ("start_utc", "sek_per_kwh"))
    data = _instants(path, data)
    stamps, steps = _stamps(path, data)
    rows = ((stamps - load.start_utc[0]) // np.timedelta64(3600 // steps, "s")).astype(np.int64)
    prices = _on_grid(data["sek_per_kwh"].cast(pl.Float64).to_numpy(), rows, len(load.start_utc) * steps)
    parts = prices.reshape(-1, steps)
    quarters = parts if steps == 4 else None
    return replace(context, spot_sek_per_kwh=parts.mean(axis=1), spot_quarters_sek_per_kwh=quarters)
