"""A figure near an end of its band is told to be, with the band's own numbers."""

from __future__ import annotations

import pytest

from energy.model import Band
from energy.storage.accounts.doubt import one_sided


@pytest.mark.parametrize(
    ("band", "end"),
    [
        (Band(306, 306, 362), "low"),  # at the end itself
        (Band(371, 355, 374), "high"),  # 16 of 19 from the low end
        (Band(10, 0, 50), "low"),  # exactly a fifth of the width is near
        (Band(11, 0, 50), None),
        (Band(25, 0, 50), None),
        (Band(7, 7, 7), None),  # no band
        (Band(float("nan"), float("nan"), float("nan"), reason="okänt"), None),
    ],
)
def test_the_end_that_a_figure_lies_at(band: Band, end: str | None) -> None:
    assert one_sided(band) == end
