"""Numbers as Swedish text."""

import math

import pytest

from energy.swedish import sv, sv_short


@pytest.mark.parametrize(
    ("value", "decimals", "text"),
    [(1234567.891, 1, "1\u00a0234\u00a0567,9"), (-12.34, 1, "−12,3"), (-0.04, 1, "0,0"), (0.0, 0, "0"),
     (-1000, 0, "−1\u00a0000"), (math.nan, 2, "saknas"), (-math.inf, 0, "saknas")],
)  # fmt: skip
def test_decimal_comma_thousands_and_a_real_minus(value: float, decimals: int, text: str) -> None:
    assert sv(value, decimals) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [(2200.0, "2\u00a0200"), (12.5, "12,5"), (-0.1 - 0.2, "−0,3"), (0.000123456789, "0,000123457"),
     (1234567.8, "1\u00a0234\u00a0570"), (0, "0"), (math.inf, "saknas")],
)  # fmt: skip
def test_a_number_as_short_as_it_is(value: float, text: str) -> None:
    assert sv_short(value) == text
