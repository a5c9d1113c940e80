"""Clocks: fixed offsets, the hour that does not exist, the one that comes twice, files that contradict themselves."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import polars as pl
import pytest

from energy.errors import SourceError
from energy.sources import clocks

CIVIL = "Europe/Stockholm"


def naive(*stamps: str) -> pl.Series:
    return clocks.parse(pl.Series("t", list(stamps)), ["%Y-%m-%d %H:%M"])


def hours_utc(local: pl.Series, clock: str = CIVIL, group: pl.Series | None = None) -> list[str | None]:
    instants, rules = clocks.to_utc(local, clock, group)
    pairs = zip(instants.to_list(), rules.to_list(), strict=True)
    return [rule or instant.strftime("%d %H:%M") for instant, rule in pairs]


def test_normal_time_is_one_hour_east_all_year() -> None:
    assert hours_utc(naive("2024-01-01 00:00", "2024-07-01 00:00"), "Etc/GMT-1") == ["31 23:00", "30 23:00"]
    assert hours_utc(naive("2024-07-01 00:00"), "UTC") == ["01 00:00"]
    assert clocks.fixed_offset("Etc/GMT+2") == timedelta(hours=-2)


def test_double_hour_in_order_is_first_summer_then_winter_time() -> None:
    local = naive("2024-10-27 01:00", "2024-10-27 02:00", "2024-10-27 02:00", "2024-10-27 03:00")
    assert hours_utc(local) == ["26 23:00", "27 00:00", "27 01:00", "27 02:00"]


def test_double_quarters_in_order() -> None:
    stamps = [f"2024-10-27 02:{m:02d}" for m in (0, 15, 30, 45)] * 2
    assert hours_utc(naive(*stamps)) == [f"27 0{h}:{m:02d}" for h in (0, 1) for m in (0, 15, 30, 45)]


def test_two_meters_have_their_double_hours_each() -> None:
    local = naive(*["2024-10-27 02:00"] * 4)
    group = pl.Series(["a", "b", "a", "b"])
    assert hours_utc(local, group=group) == ["27 00:00", "27 00:00", "27 01:00", "27 01:00"]


def test_rows_that_go_back_in_time_do_not_tell_the_double_hour() -> None:
    local = naive("2024-10-27 03:00", "2024-10-27 02:00", "2024-10-27 02:00", "2024-10-27 01:00")
    assert hours_utc(local) == ["27 02:00", "ambiguous_time", "ambiguous_time", "26 23:00"]


@pytest.mark.parametrize("times", [1, 3])
def test_a_double_hour_that_comes_once_or_thrice_is_ambiguous(times: int) -> None:
    assert hours_utc(naive(*["2024-10-27 02:30"] * times)) == ["ambiguous_time"] * times


def test_the_hour_that_summer_time_skips_does_not_exist() -> None:
    local = naive("2024-03-31 01:00", "2024-03-31 02:00", "2024-03-31 03:00")
    assert hours_utc(local) == ["31 00:00", "nonexistent_time", "31 01:00"]


def test_mixed_formats_and_what_fits_none() -> None:
    found = clocks.parse(
        pl.Series(["2024-01-02 03:04", "2024-01-02 03:04:05", "02.01.2024", "9999-12-31 23:59", "", None]),
        ["%Y-%m-%d %H:%M", "%Y-%m-%d %H:%M:%S"],
    )
    assert found.to_list() == [datetime(2024, 1, 2, 3, 4), datetime(2024, 1, 2, 3, 4, 5), None, None, None, None]
    assert clocks.parse(pl.Series(["2024-01-02", "x"]), ["%Y-%m-%d"]).to_list() == [datetime(2024, 1, 2), None]


@pytest.mark.parametrize(
    ("clock", "form"),
    [("Europa/Stockholm", "%Y"), ("", "%Y"), ("UTC", "%Q"), ("UTC", "hej"), ("UTC", "%Y-%"), ("Etc/GMT-99", "%Y")],
)
def test_unknown_clock_or_format(clock: str, form: str) -> None:
    with pytest.raises(SourceError):
        clocks.check(clock, [form], "f")


def year(clock: str, minutes: int = 60, end: bool = False) -> pl.Series:
    """Return the labels of 2024 as a file with that clock writes them."""
    step = timedelta(minutes=minutes)
    first = datetime(2023, 12, 31, 23, tzinfo=UTC) + (step if end else timedelta(0))
    utc = pl.datetime_range(first, datetime(2024, 12, 30, tzinfo=UTC), step, time_unit="us", eager=True)
    return utc.dt.convert_time_zone(clock).dt.replace_time_zone(None)


@pytest.mark.parametrize("minutes", [15, 60])
@pytest.mark.parametrize("end", [False, True])
@pytest.mark.parametrize(("kept", "declared", "told"), [
    ("Etc/GMT-1", "Etc/GMT-1", None), (CIVIL, CIVIL, None),
    (CIVIL, "Etc/GMT-1", "2024-03-31 har {23} rader, 2024-10-27 har {25} rader"),
    ("Etc/GMT-1", CIVIL, "2024-03-31 har {24} rader, 2024-10-27 har {24} rader"),
])  # fmt: skip
def test_the_file_proves_its_clock_on_the_days_of_change(
    minutes: int, end: bool, kept: str, declared: str, told: str | None
) -> None:
    label = year(kept, minutes, end)
    group = pl.repeat("", len(label), eager=True)
    found = clocks.dst_findings(label, group, declared, minutes, minutes if end else 0)
    if told is None:
        assert found == []
    else:
        for hours in (23, 24, 25):
            told = told.replace(f"{{{hours}}}", str(hours * 60 // minutes))
        assert [f.rule for f in found] == ["clock_dst_rows"]
        assert told in found[0].message


def test_an_hour_lost_elsewhere_on_the_day_proves_nothing() -> None:
    label = year("Etc/GMT-1").filter(year("Etc/GMT-1") != datetime(2024, 3, 31, 14))
    group = pl.repeat("", len(label), eager=True)
    assert clocks.dst_findings(label, group, "Etc/GMT-1", 60) == []
