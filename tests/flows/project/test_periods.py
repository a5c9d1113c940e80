"""A meter that is read by day or by month has its own model, and only the costs that the hours do not decide."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from energy.calendar import normal_time
from flows import analyse
from flows.month import analyse_step
from flows.project.projects import Projects
from flows.store import Store
from tests.flows import saver

HOUR = np.timedelta64(3600, "s")


@pytest.fixture(scope="module", autouse=True)
def savings_alone() -> Iterator[None]:
    """Let a run compute bills and savings only."""
    with pytest.MonkeyPatch.context() as patch:
        for part in ("audit", "account", "forecast"):
            patch.setattr(analyse, part, lambda *_: {})
        patch.setattr(analyse, "look_for_measures", lambda *_: None)
        patch.setattr(Projects, "_bridges", lambda *_: None)
        yield


def gathered(unit: str, until: np.datetime64 = saver.END) -> pl.DataFrame:
    """Return the heat meter's readings by day or month of normal time, up to an instant."""
    at = saver.hours()[saver.hours() < until]
    group = normal_time(at).astype(f"datetime64[{unit}]")
    units, where = np.unique(group, return_inverse=True)
    total = np.bincount(where, weights=saver.heat()[: len(at)])
    first, end = (
        units.astype("datetime64[D]").astype("datetime64[s]") - HOUR,
        (units + 1).astype("datetime64[D]").astype("datetime64[s]") - HOUR,
    )
    return saver.readings(first, end, total)


def lowered(unit: str, first: datetime, end: datetime, share: float) -> pl.DataFrame:
    """Return the readings by day or month with a share of the heat from one day of normal time up to another."""
    inside = pl.col("start_utc").dt.offset_by("1h").dt.replace_time_zone(None).is_between(first, end, closed="left")
    return gathered(unit).with_columns(value=pl.col("value") * pl.when(inside).then(share).otherwise(1.0))


def truth() -> dict[int, float]:
    """Return year -> the heat that the project saved [kWh]."""
    year = normal_time(saver.hours()).astype("datetime64[Y]").astype(int) + 1970
    saved = saver.heat() * saver.SAVED / (1 - saver.SAVED)
    return {y: float(saved[year == y].sum()) for y in (2020,)}


def ask(home: Path, query: str) -> list[tuple[object, ...]]:
    with Store.write(home) as store:
        return store.rows(query)


@pytest.fixture(scope="module", params=["D", "M"])
def home(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The home with a meter read by day, and with one read by month."""
    place = saver.home(tmp_path_factory.mktemp("glest") / request.param, gathered(request.param))
    analyse_step(place)
    return place


def test_the_band_of_the_energy_holds_the_truth(home: Path) -> None:
    query = """
        select avoided_energy_kwh, avoided_energy_kwh_low, avoided_energy_kwh_high, metered_kwh
        from marts.savings_total where carrier = 'district_heating' and period = '2020'
    """
    ((value, low, high, metered),) = ask(home, query)
    assert low < truth()[2020] < high  # type: ignore[operator]
    assert value == pytest.approx(truth()[2020], abs=0.05 * (float(metered) + truth()[2020]))  # type: ignore[arg-type]
    assert high - low < 0.6 * metered  # type: ignore[operator]
    known = "select count(avoided_energy_kwh), count(*) from marts.savings_monthly where carrier = 'all'"
    assert ask(home, known) == [(14, 14)]


def test_energy_and_fixed_cost_are_assessed_and_power_is_not(home: Path) -> None:
    query = """
        select component, avoided_cost_sek, reason from marts.savings_component
        where carrier = 'district_heating' and period = 'reporting' order by component
    """
    demand, energy, fixed = ask(home, query)
    assert demand[:2] == ("demand", None) and "delen räknas på timmar" in str(demand[2])
    kwh = ask(home, "select avoided_energy_kwh from marts.savings_total where carrier = 'all' and period = 'reporting'")
    assert energy[1] == pytest.approx(0.5 * kwh[0][0], rel=1e-6)  # type: ignore[operator]  # 500 SEK/MWh
    assert fixed[1] == pytest.approx(0, abs=1e-9)


def test_the_family_is_told_with_its_signature_and_frozen(home: Path) -> None:
    ((told,),) = ask(home, "select message from marts.findings where rule = 'baseline_family'")
    assert "grundlast" in str(told) and "kW per grad" in str(told) and "värme behövs under" in str(told)
    ((version, number),) = ask(home, "select version, frozen_version from marts.baselines")
    assert str(version).startswith("change-point/1 (") and number == 1
    ((why,),) = ask(home, f"select message from marts.findings where rule = 'not_assessed_{saver.PROJECT}'")
    assert "brygga behöver timvärden" in str(why)


def test_a_second_run_reads_the_frozen_model(home: Path) -> None:
    totals = "select * exclude (run_id) from analysis.savings_total order by all"
    before = ask(home, totals)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("energy.savings.baselines.changepoint.fit", None)
        with Store.write(home) as store:
            store.con.execute("update ledger.runs set settings_sha256 = 'other'")
        analyse_step(home)
    assert ask(home, totals) == before


def test_eleven_months_before_the_project_are_refused(tmp_path: Path) -> None:
    late = gathered("M").filter(pl.col("start_utc") >= pl.datetime(2019, 1, 31, 12, time_zone="UTC"))
    place = saver.home(tmp_path, late)
    analyse_step(place)
    reasons = ask(place, "select distinct reason from marts.savings_total where carrier = 'all'")
    assert [r for (r,) in reasons if "omfattar 334 dygn, minst 365 behövs" in str(r)]
    assert ask(place, "select count(*) from marts.savings_total where avoided_energy_kwh is not null") == [(0,)]
    assert not ask(place, "select * from ledger.baselines")


def test_a_closed_month_is_proposed_of_a_meter_of_days_but_not_of_months(tmp_path: Path) -> None:
    query = "select kind, status, event_from, event_to, size_pct, ready_row from marts.event_proposals"
    days, months = (tmp_path / unit for unit in "DM")
    for place in (days, months):
        analyse_step(saver.home(place, lowered(place.name, datetime(2019, 7, 1), datetime(2019, 8, 1), 0.3)))
    assert not ask(months, query)
    kind, status, first, last, size, ready = min(ask(days, query), key=lambda row: str(row[2]))
    assert (kind, status, first, last) == ("temporary", "proposed", date(2019, 7, 1), date(2019, 7, 31))
    assert size == pytest.approx(-70, abs=20) and str(ready).startswith("hall;non_routine;2019-07-01;2019-07-31;")


def test_a_meter_of_days_without_a_change_has_no_proposal(home: Path) -> None:
    assert not ask(home, "select * from marts.event_proposals")


EVENTS = """
[[event]]
facility = "hall"
kind = "non_routine"
start = 2019-07-15
end = 2019-07-16
treatment = "exclude"
reason = "Stängt för ombyggnad"
decided_by = "Controllern"
[[event]]
facility = "hall"
kind = "non_routine"
start = 2020-02-01
end = 2020-02-29
treatment = "engineering"
value = -50
unit = "percent"
uncertainty = 5
reason = "Halva hallen stängd"
decided_by = "Controllern"
"""


def test_rows_of_the_event_ledger_treat_meters_of_days_and_months(home: Path, tmp_path: Path) -> None:
    place = saver.home(tmp_path, gathered(home.name), saver.SETTINGS + EVENTS)
    analyse_step(place)
    query = "select month, avoided_energy_kwh + metered_kwh from marts.savings_monthly where carrier = 'all'"
    plain, treated = ({str(m)[:7]: float(str(v)) for m, v in ask(one, query)} for one in (home, place))
    halved = {m: treated[m] / plain[m] for m in plain}
    assert halved.pop("2020-02") == pytest.approx(0.5, abs=0.01)
    assert all(share == pytest.approx(1.0, abs=0.01) for share in halved.values())
    ((days,),) = ask(place, "select days from marts.baselines")
    assert days == (363 if home.name == "D" else 365)  # two days are little of a month
    ((told,),) = ask(place, "select message from marts.findings where rule = 'event_treated'")
    assert "2020-02-01 till 2020-02-29 (Halva hallen stängd, beslutat av Controllern)" in str(told)
    assert "−50,0 % (± 5,0)" in str(told)


def test_an_event_is_estimated_of_days_and_taken_out_of_months(home: Path, tmp_path: Path) -> None:
    events = EVENTS[EVENTS.rindex("[[event]]") :].replace("engineering", "indicator")
    given = "\n".join(line for line in events.splitlines() if not line.startswith(("value", "unit", "uncertainty")))
    metered = lowered(home.name, datetime(2020, 2, 1), datetime(2020, 3, 1), 0.6)
    place = saver.home(tmp_path, metered, saver.SETTINGS + given)
    analyse_step(place)
    ((told,),) = ask(place, "select message from marts.findings where rule = 'event_treated'")
    of_month = "select {} from marts.savings_monthly where month = '2020-02-01' and carrier = 'all'"
    ((saved,),) = ask(place, of_month.format("avoided_energy_kwh"))
    if home.name == "M":
        assert "timmarna är uteslutna" in str(told) and saved == pytest.approx(0, abs=1e-6)
        return
    ((whole,),) = ask(home, of_month.format("metered_kwh"))
    assert "ändrar det den hade tagit utan projektet med −4" in str(told)
    assert saved == pytest.approx(0.6 * float(str(whole)) * saver.SAVED / (1 - saver.SAVED), rel=0.15)


def test_savings_of_days_and_months_are_told_with_and_without_the_rows_of_the_ledger(
    home: Path, tmp_path: Path
) -> None:
    place = saver.home(tmp_path, gathered(home.name), saver.SETTINGS + EVENTS)
    analyse_step(place)
    rows = ask(
        place,
        """select entry, treatment, event_from, effect_pct, avoided_energy_kwh, avoided_cost_sek from marts.non_routine
           where carrier = 'all' and period = 'reporting' order by row_no""",
    )
    assert [row[:3] for row in rows] == [
        ("without", None, None),
        ("adjustment", "exclude", date(2019, 7, 15)),
        ("adjustment", "engineering", date(2020, 2, 1)),
        ("with", None, None),
    ]
    assert rows[2][3] == pytest.approx(-50)
    plain = ask(
        home, "select avoided_energy_kwh from marts.savings_total where carrier = 'all' and period = 'reporting'"
    )
    assert rows[0][4] == pytest.approx(plain[0][0])  # without the rows it is the home that has none
    for figure in (4, 5):
        first, *steps, last = (float(str(row[figure])) for row in rows)
        assert first + sum(steps) == pytest.approx(last, abs=0.01)
    assert float(str(rows[2][4])) < -1000  # half of what February would have taken is no saving
