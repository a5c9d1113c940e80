"""Budget, forecast and climate followed back to rows of files."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import pytest

from energy.errors import SettingsError
from energy.model import frame
from flows.explain import receipts
from flows.explain.receipts import Trail
from flows.explain.year import KINDS
from flows.store import Store
from tests.flows import controller

FORECAST = {"facility": "hall", "year": 2024, "carrier": "district_heating", "component": "all",
            "made_from": date(2024, 2, 1), "outcome_sek": 2800.0, "remaining_sek": 9000.0, "forecast_sek": 11_800.0,
            "forecast_sek_low": 11_000.0, "forecast_sek_high": 12_500.0, "weather_years": 12,
            "reason": "prislista saknas"}  # fmt: skip
MONTH = {"facility": "hall", "carrier": "district_heating", "month": date(2024, 3, 1), "basis": "forecast",
         "amount_sek": 900.0}  # fmt: skip


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    with controller.hall(tmp_path_factory.mktemp("hall")) as found:
        answer = {"row_no": 4, "deviation_key": "avvikelse:hall:carrier:district_heating:2024-01", "cause": "kallt",
                  "owner_role": "driftchef", "answered_on": date(2024, 3, 1)}  # fmt: skip
        controller.add(found, deviation_causes=frame("deviation_causes", [answer]))
        controller.build(found, forecast=[FORECAST], forecast_monthly=[MONTH])
        yield found


def told(store: Store, key: str) -> str:
    trail = Trail(store)
    kind, _, rest = key.partition("/")
    KINDS[kind](trail, rest)
    return "\n".join("  " * step["depth"] + step["text"].replace("\N{NO-BREAK SPACE}", " ") for step in trail.steps)


def test_a_carrier_of_a_month_down_to_budget_invoices_and_answer(store: Store) -> None:
    found = told(store, "budget/hall/carrier/district_heating/2024-01")
    assert "budget 1 400,00 SEK, utfall 1 500,00 SEK, avvikelse 100,00 SEK, i fjol 1 400,00 SEK" in found
    assert "  budget 1 400,00 SEK, version «Budget 2024», konto 6210" in found
    assert "  utfall: 2 fakturarader för förbrukningsmånaden 2024-01" in found
    assert "faktura heat2401 rad" in found
    assert "orsak: kallt (driftchef, 2024-03-01)" in found
    assert found.count("sha256 0000") == 4  # the budget's row, two invoice lines, the answer


def test_an_account_of_a_period_down_to_the_voucher(store: Store) -> None:
    found = told(store, "budget/hall/account/6210/2024-02")
    assert "utfall: 1 bokförda rader i perioden 2024-02" in found
    assert "verifikation L 1: konto 6210 1 500,00 SEK" in found


def test_a_component_and_a_period_of_several_months(store: Store) -> None:
    assert "utfall 1 000,00 SEK" in told(store, "budget/hall/component/district_heating:energy/2024-01")
    found = told(store, "budget/hall/carrier/district_heating/2024-ytd")
    assert "  2024-01: budget 1 400,00 SEK, utfall 1 500,00 SEK" in found


def test_a_forecast_to_its_months_and_assumptions(store: Store) -> None:
    found = told(store, "forecast/hall/2024/district_heating/all")
    assert "11 800,00 SEK (11 000 till 12 500)" in found
    assert "  prislista saknas" in found
    assert "12 års väder" in found
    assert "    2024-03: 900,00 SEK" in found


def test_greenhouse_gases_to_factor_and_meter_files(store: Store) -> None:
    found = told(store, "climate/hall/district_heating/supplier/2024-01")
    assert "37,2 kg CO2e" in found
    assert "744,0 kWh gånger 50,0 kg per MWh (påhittad leverantör 2024)" in found
    assert "    744 mätvärden ur fil" in found
    half = told(store, "climate/hall/electricity/location_based/2024-01")
    assert "okänt" in half
    assert "ingen klimatfaktor gäller hela månaden" in half


def test_a_submeters_bill_is_followed_to_the_rows_of_the_meter_that_pays(store: Store) -> None:
    store.con.execute("insert into settings.boundary_meters by name (select 'p' as project, 'S' as metering_point)")
    store.con.execute("""insert into settings.metering_points by name
        (select 'S' as metering_point, 'E' as parent, 'Pump' as name, 'electricity' as carrier, 'hall' as facility)""")
    trail, days = Trail(store), (date(2024, 1, 1), date(2024, 1, 1))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(receipts, "_line", lambda *_: None)  # the hall's files are not in an archive
        patch.setattr(
            receipts, "_billed", lambda _, point, *__: ("E", 900.0, "cost/E/2024-01/1") if point == "E" else None
        )
        receipts.bills_of(trail, "p", "electricity", *days)
    told = [step["text"] for step in trail.steps]
    assert told[0].startswith("Pump S (betalas genom E): räkningen är 900 SEK")
    whole, own = told.index("räkningen gäller hela E, som mäter:"), told.index("därav Pump S, som mäter:")
    assert told[whole + 1].startswith("744 mätvärden ur fil")
    assert told[own + 1] == "inga mätvärden för S i perioden"


@pytest.mark.parametrize("key", ["budget/x", "forecast/x/y", "climate/hall"])
def test_a_key_without_a_figure_is_told(store: Store, key: str) -> None:
    with pytest.raises(SettingsError, match="ingen siffra har det kvittot"):
        told(store, key)
