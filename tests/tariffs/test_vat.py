"""VAT as a view: the general rate or the component's own, rounding as on an invoice, sums of rounded rows."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from energy.errors import TariffError
from energy.model import BilledComponent, PriceList
from energy.tariffs.vat import read_vat, to_ore, vat_rate, vat_rates, with_vat

LIST = PriceList("lista", "f", "n", "electricity", date(2024, 1, 1), date(2025, 1, 1), "s", True,
                 ({"label": "Bok", "vat_rate": 0.06}, {"label": "Energi"}))  # fmt: skip


def line(sek: float, label: str = "Energi") -> BilledComponent:
    return BilledComponent("735", date(2024, 1, 1), "energy", label, "lista", "billed_energy_kwh", np.ones(1), "kWh",
                           np.array([sek]))  # fmt: skip


@pytest.mark.parametrize(
    ("sek", "rounded"),
    [(0.005, 0.01), (-0.005, -0.01), (2.675, 2.68), (1.005, 1.01), (-1.005, -1.01), (0.0049999, 0.0)],
)  # fmt: skip
def test_half_an_ore_rounds_away_from_zero(sek, rounded):
    assert to_ore(sek) == rounded


def test_the_noise_of_sums_does_not_decide_half_an_ore():
    """2.675 is 2.67499999999999982236431605997495353221893310546875 as a binary number."""
    assert to_ore(2.675 - 1e-12) == 2.68


def test_a_bill_by_hand():
    """7 990.1639 -> 7 990.16, VAT 1 997.54, in all 9 987.70; 6 % of 100.00 is 6.00; a rebate has negative VAT."""
    found = with_vat([line(7990.1639344), line(100, "Bok"), line(-10.005)], [LIST])
    assert found.rows() == [(7990.16, 25, 1997.54, 9987.7), (100, 6, 6, 106), (-10.01, 25, -2.5, -12.51)]
    assert found["gross_sek"].sum() == pytest.approx(found["net_sek"].sum() + found["vat_sek"].sum())


def test_an_unknown_amount_has_no_vat():
    assert with_vat([line(float("nan"))], [LIST]).row(0) == (None, 25, None, None)


@given(st.lists(st.floats(-1e6, 1e6), max_size=6))
def test_rows_add_up_to_the_öre(amounts):
    found = with_vat([line(sek) for sek in amounts], [LIST])
    for net, percent, vat, gross in found.rows():
        assert gross == to_ore(net + vat) and abs(vat - net * percent / 100) <= 0.005 + 1e-9
    assert found["net_sek"].sum() == pytest.approx(sum(amounts), abs=0.0051 * len(amounts) + 1e-9)


def test_the_rate_is_dated_data():
    assert vat_rate(date(2023, 6, 30)) == 0.25
    with pytest.raises(TariffError, match="momssats saknas"):
        vat_rate(date(1990, 1, 1))
    two = vat_rates().model_copy(update={"rate": [*vat_rates().rate, vat_rates().rate[0].model_copy(
        update={"valid_from": date(2030, 1, 1), "rate": 0.2})]})  # fmt: skip
    assert (vat_rate(date(2029, 12, 31), two), vat_rate(date(2030, 1, 1), two)) == (0.25, 0.2)


@pytest.mark.parametrize("text", ["valid_to = 1", "rate = []\nvalid_to = 2030-01-01", "=", "valid_to = 2030-01-01\n"
                                  + '[[rate]]\nvalid_from = 2020-01-01\nrate = 0.25\nsource = "x"\n' * 2])  # fmt: skip
def test_a_broken_table_is_refused(text):
    with pytest.raises(TariffError, match=r"moms\.toml"):
        read_vat(text, "moms.toml")


def test_the_list_of_a_line_decides_its_rate():
    other = replace(LIST, id="annan", components=({"label": "Energi", "vat_rate": 0.0},))
    assert with_vat([line(100)], [LIST, other])["vat_sek"].to_list() == [25]
