"""What stands behind a baseline: the readings and the weather it was fitted on, down to files and rows."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from dashboards import text

if TYPE_CHECKING:
    from flows.explain.receipts import Trail

# a carrier whose band has no width is metered at the project's own meter: no baseline stands behind it
_CARDS = """
    select * from marts.baselines
    where project = ? and (? = 'all' or carrier = ?) and carrier in (
        select carrier from marts.savings_total
        where project = ? and period = 'reporting' and avoided_energy_kwh_low < avoided_energy_kwh_high
    )
"""
_WEATHER = """
    select file_id, any_value(files.file_name) as file_name, any_value(files.sha256) as sha256,
        min(row_no) as first_row, max(row_no) as last_row, count(*) as values_used, station
    from staging.weather as weather
    inner join settings.facilities as facilities on facilities.weather_station = weather.station
    inner join raw.files as files using (file_id)
    where facilities.facility = ? and parameter = 'air_temperature_c' and start_utc >= ? and start_utc < ?
    group by file_id, station order by file_name
"""


def baselines_of(trail: Trail, project: str, carrier: str) -> None:
    """Add the models behind a modelled saving: their cards, then, once a meter, what they were fitted on."""
    cards = trail.store.frame(_CARDS, [project, carrier, carrier, project]).to_dicts()
    for card in cards:
        words = f"baslinje {text.code('carrier', card['carrier'])} {text.code('target', card['target'])}: anpassad"
        words = f"{words} {card['trained_from']} – {card['trained_to']}"
        fit = f"CV(RMSE) dygn {text.number(card['cvrmse_daily_pct'], 1)} %"
        frozen = f", version {card['frozen_version']} fryst {card['frozen_on']}" if card["frozen_version"] else ""
        hashed = f"{fit}, modell {card['version']}{frozen}, indata {card['input_hash']}"
        trail.step(1, f"{words}, {hashed}", input_hash=card["input_hash"])
    for meter in {(c["facility"], c["metering_point"], c["trained_from"], c["trained_to"]): c for c in cards}.values():
        _fitted_on(trail, meter)


def _fitted_on(trail: Trail, card: dict[str, Any]) -> None:
    from flows.explain import receipts

    if card["trained_from"] is None or card["trained_to"] is None:
        return
    first, end = receipts._utc(card["trained_from"]), receipts._utc(card["trained_to"] + timedelta(days=1))
    trail.step(
        1, f"baslinjen för {card['metering_point']} är anpassad på {card['trained_from']} – {card['trained_to']}"
    )
    receipts._readings(trail, 2, card["metering_point"], first, end)
    found = trail.store.frame(_WEATHER, [card["facility"], first, end]).to_dicts()
    for row in found:
        where = f"{row['file_name']}, rad {row['first_row']}–{row['last_row']}, sha256 {row['sha256']}"
        trail.step(2, f"{row['values_used']} utetemperaturer från station {row['station']} ur {where}", **row)
    if found:
        receipts._row(trail, 3, found[0]["file_id"], found[0]["first_row"])
