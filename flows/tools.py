"""The two commands that work on any tidy data, without a home: `evaluate` a baseline, `bill` a load."""

from __future__ import annotations

import argparse
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from energy.calendar import hours_between
from energy.errors import SettingsError, SourceError
from energy.model import BillingContext, Contract, Floats, Load
from flows.show import emit, parse_month

FAR = date(2100, 1, 1)


def evaluate(arguments: argparse.Namespace) -> int:
    """Fit and score a baseline per meter; status 3 when no meter can be assessed."""
    from energy.savings.scoring import evaluate as score

    readings, weather = _parquet(arguments.readings), _parquet(arguments.weather)
    _need(arguments.readings, readings, ("meter_id", "start_utc", "kwh"))
    _need(arguments.weather, weather, ("start_utc", "air_temperature_c"))
    train, test = _span(arguments.train), _span(arguments.test)
    if train[0] > train[1] or test[0] > test[1] or (train[0] <= test[1] and test[0] <= train[1]):
        raise SettingsError("--train och --test: första dagen före den sista, och perioderna får inte överlappa.")
    try:
        found = score(_instants(arguments.readings, readings), _instants(arguments.weather, weather), train, test)
    except ValueError as error:
        raise SourceError(f"kan inte utvärdera: {error}. Kontrollera perioder och väder.") from error
    emit(arguments, {"evaluation": found.to_dicts()}, {})
    return 0 if found.filter(pl.col("disqualified").is_null()).height else 3


def bill(arguments: argparse.Namespace) -> int:
    """Price a load with a price list, component by component."""
    from energy.tariffs.bill import bill as price
    from energy.tariffs.bill import to_frame
    from energy.tariffs.pricelist import known_options, read_price_list

    month = parse_month(arguments.month)
    if month is None:
        raise SettingsError("--month: ange en månad, ÅÅÅÅ-MM")
    try:
        price_list = read_price_list(arguments.tariff.read_text(encoding="utf-8"), arguments.tariff.name)
    except OSError as error:
        raise SettingsError(f"{arguments.tariff}: kan inte läsas: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise SettingsError(f"{arguments.tariff}: är ingen text i UTF-8. Ange en prislista (TOML).") from error
    options, known = _options(arguments.set), known_options(price_list)
    if wrong := sorted(options.keys() - known):
        raise SettingsError(f"--set {wrong[0]}: betyder inget för listan. Kända: {', '.join(sorted(known)) or 'inga'}.")
    load = _load(arguments.readings)
    contract = Contract(load.metering_point, price_list.family, date(1990, 1, 1), FAR, options)
    spot = _spot(arguments.spot, load) if arguments.spot else None
    components = price(load, [contract], [price_list], [month], BillingContext(spot_sek_per_kwh=spot))
    found = to_frame(components)
    emit(
        arguments,
        {"bill": found.to_dicts()},
        {"bill": ["label", "determinant", "quantity", "unit", "amount_sek", "reason"]},
    )
    if not arguments.json:
        whole = found["amount_sek"].is_not_null().all()
        total = f"Summa exkl. moms: {found['amount_sek'].sum():,.2f} SEK"
        print(total if whole else "Summan kan inte bedömas: se orsaken ovan.")
    return 0


def _parquet(path: Path) -> pl.DataFrame:
    try:
        return pl.read_parquet(path)
    except (OSError, pl.exceptions.PolarsError) as error:
        raise SourceError(f"{path}: kan inte läsas som Parquet: {error}. Kontrollera sökvägen.") from error


def _need(path: Path, data: pl.DataFrame, columns: tuple[str, ...]) -> None:
    missing = [c for c in columns if c not in data.columns]
    if missing:
        raise SourceError(f"{path}: saknar kolumnen {', '.join(missing)}. Filen har: {', '.join(data.columns)}.")


def _instants(path: Path, data: pl.DataFrame) -> pl.DataFrame:
    """Return the frame with start_utc as instants in UTC; a time without a zone is taken as UTC, as its name says."""
    kind = data.schema["start_utc"]
    if not isinstance(kind, pl.Datetime):
        raise SourceError(f"{path}: start_utc är {kind}, inte en tidpunkt. Spara kolumnen som tidpunkt i UTC.")
    zoned = pl.col("start_utc").dt
    utc = zoned.convert_time_zone("UTC") if kind.time_zone else zoned.replace_time_zone("UTC")
    return data.with_columns(utc.dt.cast_time_unit("us"))


def _span(text: str) -> tuple[date, date]:
    first, _, end = text.partition(":")
    try:
        return date.fromisoformat(first), date.fromisoformat(end)
    except ValueError:
        raise SettingsError(f"«{text}» är ingen period. Skriv ÅÅÅÅ-MM-DD:ÅÅÅÅ-MM-DD.") from None


def _options(pairs: list[str]) -> dict[str, Any]:
    options: dict[str, Any] = {}
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if not equals:
            raise SettingsError(f"--set {pair!r}: skriv NAMN=VÄRDE, till exempel subscribed_kw=120.")
        try:
            options[name] = float(value)
        except ValueError:
            options[name] = value
    return options


def _load(path: Path) -> Load:
    """Return the load of a tidy Parquet file on an unbroken grid of hours; missing hours are NaN."""
    data = _parquet(path)
    if "start_utc" in data.columns:
        data = _instants(path, data)
    if "energy_kwh" not in data.columns and "kwh" in data.columns:
        data = data.rename({"kwh": "energy_kwh"})
    _need(path, data, ("start_utc", "energy_kwh"))
    point = _only_meter(path, data)
    stamps = data["start_utc"].dt.epoch("s").to_numpy().astype("datetime64[s]")
    if not len(stamps) or len(np.unique(stamps)) != len(stamps):
        raise SourceError(f"{path}: tom eller med dubbla tider i start_utc. Varje timme ska finnas en gång.")
    hours = hours_between(stamps.min(), stamps.max() + np.timedelta64(1, "h"))
    rows = ((stamps - hours[0]) // np.timedelta64(3600, "s")).astype(np.int64)
    columns = {c: _on_grid(data[c].to_numpy(), rows, len(hours)) for c in data.columns if c in _LOAD_COLUMNS}
    volume = columns.get("volume_m3")
    for side in ("supply", "return"):
        if f"{side}_m3c" not in columns and f"{side}_temperature_c" in columns and volume is not None:
            columns[f"{side}_m3c"] = volume * columns[f"{side}_temperature_c"]
    return Load(point, hours, columns["energy_kwh"], volume, columns.get("supply_m3c"), columns.get("return_m3c"))


_LOAD_COLUMNS = (
    "energy_kwh", "volume_m3", "supply_m3c", "return_m3c", "supply_temperature_c", "return_temperature_c",
)  # fmt: skip


def _only_meter(path: Path, data: pl.DataFrame) -> str:
    column = next((c for c in ("metering_point", "meter_id") if c in data.columns), None)
    meters = data[column].cast(pl.String).unique().to_list() if column else ["last"]
    if len(meters) != 1:
        raise SourceError(f"{path}: {len(meters)} mätare i filen; en räkning gäller en. Dela filen.")
    return str(meters[0])


def _on_grid(values: Any, rows: Any, length: int) -> Floats:
    found = np.full((length, 1), np.nan)
    found[rows, 0] = values
    return found


def _spot(path: Path, load: Load) -> Floats:
    data = _parquet(path)
    _need(path, data, ("start_utc", "sek_per_kwh"))
    stamps = data["start_utc"].dt.epoch("s").to_numpy().astype("datetime64[s]")
    rows = ((stamps - load.start_utc[0]) // np.timedelta64(3600, "s")).astype(np.int64)
    inside = (rows >= 0) & (rows < len(load.start_utc))
    found = np.full(len(load.start_utc), np.nan)
    found[rows[inside]] = data["sek_per_kwh"].to_numpy()[inside]
    return found
