"""A baseline is fitted once and frozen: later runs read it, changes are told, a new version needs a decision."""

from __future__ import annotations

import json
import shutil
import zlib
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from energy.model import Band, frame
from energy.savings.baselines.baseline import Settings, fit, predict
from energy.savings.baselines.features import Drivers
from energy.savings.baselines.frozen import Baseline
from energy.savings.baselines.sufficiency import Limits
from energy.savings.saved.avoided import AvoidedRow
from flows import analyse
from flows.cli import main
from flows.decisions import rebaseline
from flows.month import analyse_step
from flows.project.baselines import Training, differences, kept_baseline, lost
from flows.project.projects import Projects
from flows.project.treated import cut_short
from flows.store import Store
from tests.flows import saver
from tests.flows.homes import make_home
from tests.savings.simulated import smooth

TOTALS = "select * exclude (run_id) from analysis.savings_total order by all"
FROZEN = "select version, reason, decided_by, ended_at is null, model_sha256 from ledger.baselines order by version"


@pytest.fixture(scope="module", autouse=True)
def savings_alone() -> Iterator[None]:
    """Let a run compute bills and savings only, and publish nothing."""
    with pytest.MonkeyPatch.context() as patch:
        for part in ("audit", "account", "forecast"):
            patch.setattr(analyse, part, lambda *_: {})
        patch.setattr(analyse, "look_for_measures", lambda *_: None)
        patch.setattr(Projects, "_bridges", lambda *_: None)
        patch.setattr(rebaseline, "publish_step", lambda home: {})
        yield


@pytest.fixture(scope="module")
def analysed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The home, analysed once."""
    place = saver.home(tmp_path_factory.mktemp("fryst") / "hem", saver.hourly())
    analyse_step(place)
    return place


@pytest.fixture
def home(analysed: Path, tmp_path: Path) -> Path:
    """A copy of it, to be changed."""
    return Path(shutil.copytree(analysed, tmp_path / "hem"))


def ask(home: Path, query: str) -> list[tuple[object, ...]]:
    with Store.write(home) as store:
        return store.rows(query)


def findings(home: Path, rule: str) -> list[str]:
    return [str(m) for (m,) in ask(home, f"select message from marts.findings where rule = '{rule}'")]


def corrected(home: Path, factor: float = 1.1) -> None:
    """Deliver January 2019 again, later and higher."""
    january = saver.hours() < np.datetime64("2019-01-31T23:00:00")
    at = saver.hours()[january]
    late = saver.readings(at, at + np.timedelta64(3600, "s"), factor * saver.heat()[january])
    saver.add(home, issued="2030-01-01", readings=late)


def run_again(home: Path) -> None:
    """Run the analysis though nothing has changed."""
    with Store.write(home) as store:
        store.con.execute("update ledger.runs set settings_sha256 = 'other'")
    analyse_step(home)


def test_the_first_good_fit_is_frozen_and_read_back_bit_for_bit(home: Path) -> None:
    first, (frozen,) = ask(home, TOTALS), ask(home, FROZEN)
    assert frozen[:4] == (1, "första anpassningen som klarade kraven", None, True)
    assert first
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("flows.project.baselines.fit", None)  # whoever fits now is found out
        run_again(home)
    assert ask(home, TOTALS) == first
    assert ask(home, FROZEN) == [frozen]
    card = "select distinct frozen_version, frozen_on is not null, frozen_why from marts.baselines"
    assert ask(home, card) == [(1, True, frozen[1])]
    assert not findings(home, "baseline_inputs_changed")


def test_months_after_the_training_change_nothing(home: Path) -> None:
    at = np.array([saver.END])
    saver.add(home, readings=saver.readings(at, at + np.timedelta64(3600, "s"), np.array([50.0])))
    analyse_step(home)
    assert not findings(home, "baseline_inputs_changed")


def test_a_late_correction_is_told_and_the_frozen_model_stays(home: Path) -> None:
    before = ask(home, TOTALS)
    corrected(home)
    analyse_step(home)
    assert ask(home, TOTALS) == before
    (told,) = findings(home, "baseline_inputs_changed")
    assert "energi (" in told and "utetemperatur" not in told
    assert f"energibok rebaseline {saver.PROJECT} --meter {saver.POINT}" in told
    assert "Undviken energi i rapportperioden ändras med " in told
    assert len(ask(home, FROZEN)) == 1


def test_a_decision_freezes_a_new_version_and_keeps_the_old(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = ask(home, TOTALS)
    corrected(home)
    analyse_step(home)
    capsys.readouterr()
    given = ["rebaseline", saver.PROJECT, "--why", "rättad mätare", "--by", "controller", "--json"]
    assert main([*given, "--home", str(home)]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["outcomes"] == [{"metering_point": saver.POINT, "outcome": "fryst som version 2"}]
    moved = [c for c in told["changed"] if c["measure"] == "avoided_energy_kwh"]
    # a higher January says both that more was used and that the year ended lower than it began: the sign is not given
    assert moved and sum(c["after"] - c["before"] for c in moved) != 0
    old, new = ask(home, FROZEN)
    assert old[3] is False and new[:4] == (2, "rättad mätare", "controller", True)
    assert ask(home, TOTALS) != before
    assert not findings(home, "baseline_inputs_changed")
    (text,) = findings(home, "baseline_replaced")
    assert "av controller: rättad mätare" in text and "Ändrat sedan version 1: energi (" in text
    after = ask(home, TOTALS)
    run_again(home)  # the decision is spent: no third version
    assert ask(home, FROZEN) == [old, new] and ask(home, TOTALS) == after


def test_a_decision_that_fails_the_gates_leaves_the_frozen_model(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = ask(home, TOTALS)
    strict = Settings(limits=replace(Limits(), cvrmse_daily_pct=0.1))
    monkeypatch.setattr(
        "flows.project.baselines.fit", lambda hours, targets, drivers, _: fit(hours, targets, drivers, strict)
    )
    assert main(["rebaseline", saver.PROJECT, "--why", "prov", "--home", str(home)]) == 1
    assert ask(home, TOTALS) == before
    ((outcome,),) = ask(home, "select outcome from ledger.rebaselinings")
    assert str(outcome).startswith("avslagen: kan inte bedömas: modellen träffar dygnen för dåligt")
    (told,) = findings(home, "rebaseline_refused")
    assert "Version 1 gäller fortfarande" in told
    run_again(home)  # refused once: not tried again
    assert len(ask(home, FROZEN)) == 1 and not findings(home, "rebaseline_refused")


def test_a_model_that_cannot_be_read_gives_no_figure_and_no_other_model(home: Path) -> None:
    (packed,) = ask(home, "select model_zlib from ledger.baselines")[0]
    text = zlib.decompress(bytes(packed)).decode()  # type: ignore[arg-type]
    assert Baseline.from_json(text).to_json() == text
    with Store.write(home) as store:
        store.con.execute(
            "update ledger.baselines set model_zlib = ?", [zlib.compress(text.replace("0", "1").encode())]
        )
    run_again(home)
    (told,) = findings(home, f"not_assessed_{saver.PROJECT}")
    assert "kontrollsumman" in told and "energibok rebaseline" in told
    assert not ask(home, TOTALS) and len(ask(home, FROZEN)) == 1


def test_changed_totals_are_grouped_and_in_swedish() -> None:
    key = "savings/lager/all/reporting"
    moved = {"avoided_energy_kwh": (10.0, 20.0), "avoided_energy_kwh_low": (1.0, 2.0)}
    changed = [{"evidence_key": key, "measure": m, "before": a, "after": b} for m, (a, b) in moved.items()]
    assert rebaseline._lines(changed) == [
        f"alla energislag, hela rapportperioden ({key}):",
        "  undviken energi (kWh): 10 blir 20; bandets nedre ände 1 blir 2, övre oförändrad",
    ]


def test_a_period_that_the_ledger_cuts_short_says_so() -> None:
    none = Band(float("nan"), float("nan"), float("nan"))
    spans = {"month": (2023, 9, 10), "year": (2023, 1, 10), "last_12_months": (2022, 10, 10)}
    rows = [
        AvoidedRow(
            scope, date(year, first, 1), date(2023, end, 1), "all", "all", 0.0, none, none, 0.0, none, none, 1, 1, 0
        )
        for scope, (year, first, end) in spans.items()
    ]
    rows.append(replace(rows[1], scope="reporting_period", excludes="exklusive effektavgift"))
    rows.append(replace(rows[1], period_start=date(2022, 1, 1), period_end=date(2023, 1, 1)))
    told = "tiden efter 2023-09, då händelseliggaren slutar baslinjen"
    assert [row.excludes for row in cut_short(rows, "avslutad")] == [
        "", f"exklusive {told}", "", f"exklusive effektavgift och {told}", "",
    ]  # fmt: skip
    assert cut_short(rows, None) == rows


@pytest.mark.parametrize(
    ("given", "status"),
    [
        (["nej", "--why", "x"], 2),
        ([saver.PROJECT, "--why", " "], 2),
        ([saver.PROJECT, "--why", "x", "--meter", "E"], 2),
    ],
)
def test_wrong_commands_are_told(home: Path, given: list[str], status: int) -> None:
    assert main(["rebaseline", *given, "--home", str(home)]) == status
    assert not ask(home, "select * from ledger.rebaselinings")


def test_a_home_without_a_frozen_baseline_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    place = saver.home(tmp_path, saver.hourly())
    assert main(["rebaseline", saver.PROJECT, "--why", "x", "--home", str(place)]) == 3
    assert "ingen fryst baslinje än" in capsys.readouterr().err


def test_differences_are_named() -> None:
    one = {
        "energy_kwh": {"sha256": "a", "known": 10, "sum": 100.0},
        "calendar:open": {"sha256": "b", "known": 1, "sum": 1.0},
    }
    two = {"energy_kwh": {"sha256": "c", "known": 9, "sum": 90.0}, "settings": {"sha256": "d"}}
    assert differences(one, one) == []
    assert differences(one, two) == [
        "energi (100 → 90 kWh, 10 → 9 timmar)", "kalendern «open» (saknas numera)",
        "modellens inställningar (har tillkommit)"
    ]  # fmt: skip


def test_a_done_measure_whose_opening_hours_are_gone_is_fitted_anew(tmp_path: Path) -> None:
    hours = saver.hours()
    before, clock = hours < saver.REPORT, (hours - hours[0]).astype(np.int64) // 3600
    is_open = ((clock % 24 >= 8) & (clock % 24 < 20) & (clock // 24 % 5 != 0)).astype(np.float64)
    told, untold = Drivers(hours, saver.air(), {"open": is_open}), Drivers(hours, saver.air())
    targets = {"energy_kwh": (saver.heat() + 40.0 * is_open)[before]}

    def kept(store: Store, drivers: Drivers) -> Baseline:
        training = Training.of(hours[before], targets, drivers)
        return kept_baseline(store, "r", "measure:hall:x:V@2020-01-01", "V", training, drivers)

    with Store.write(make_home(tmp_path, {})) as store:
        first = kept(store, told)
        assert first.spec.calendar == ("open",) and not first.disqualified
        assert lost(first, told) == set() and lost(first, untold) == {"open"}
        second = kept(store, untold)
        assert second.spec.calendar == ()  # the first cannot be asked of a period without opening hours
        assert np.isfinite(predict(second, untold, hours[~before])["energy_kwh"]).all()
        why = "den förra byggde på open, som inte längre finns"
        assert store.rows(FROZEN)[1][:4] == (2, why, None, True) and store.rows(FROZEN)[0][3] is False
        assert kept(store, untold).to_json() == second.to_json() and len(store.rows(FROZEN)) == 2  # and stays


# --- measured drivers --------------------------------------------------------------------------------------------


VISITORS = """
[[point]]
id = "BESOK"
facility = "hall"
name = "Besökare"
kind = "other"
"""


def with_visitors(place: Path, named: str) -> Path:
    """Return a home whose heat also follows visitors, of whom half again as many come after the project."""
    rng = np.random.default_rng(7)
    visitors = 40.0 * (1.0 + 0.5 * smooth(rng.standard_normal(len(saver.hours())), 30.0))
    visitors *= np.where(saver.hours() >= saver.REPORT, 1.5, 1.0)
    kept = 1.0 - saver.SAVED * (saver.hours() >= saver.REPORT)
    settings = saver.SETTINGS + f"drivers = {named}\n" + VISITORS
    made = saver.home(place, saver.hourly(saver.heat() + 1.0 * visitors * kept), settings)
    at = pl.Series(saver.hours().astype("datetime64[us]")).dt.replace_time_zone("UTC")
    rows = {"row_no": np.arange(2, len(at) + 2), "point": ["BESOK"] * len(at), "at_utc": at, "value": visitors,
            "status": ["measured"] * len(at)}  # fmt: skip
    saver.add(made, trends=frame("trends", rows))
    analyse_step(made)
    return made


def avoided(home: Path) -> tuple[float, float, float]:
    """Return avoided energy of the twelve months with its band, as a share of what would have been used."""
    columns = ", ".join(f"avoided_energy_kwh{end} / adjusted_baseline_kwh" for end in ("", "_low", "_high"))
    return ask(home, f"select {columns} from analysis.savings_total where period = 'last_12_months' and carrier = "  # type: ignore[return-value]
                     "'district_heating'")[0]  # fmt: skip


def test_a_measured_driver_that_explains_the_load_is_used_and_told(tmp_path: Path) -> None:
    with_it, without = with_visitors(tmp_path / "med", '["BESOK"]'), with_visitors(tmp_path / "utan", "[]")
    assert "använder «BESOK»" in findings(with_it, "baseline_driver")[0] and not findings(without, "baseline_driver")
    value, low, high = avoided(with_it)
    assert low < saver.SAVED < high and abs(value - saver.SAVED) < 0.035  # the ridge shrinks what visitors do a little
    assert abs(avoided(without)[0] - saver.SAVED) > 0.04  # more visitors pass for a smaller saving


def test_a_driver_without_values_is_told_and_the_figure_stands(tmp_path: Path) -> None:
    settings = saver.SETTINGS + 'drivers = ["BESOK"]\n' + VISITORS
    place = saver.home(tmp_path / "hem", saver.hourly(), settings)
    analyse_step(place)
    assert "har inga värden" in findings(place, "baseline_driver")[0]
    assert avoided(place)[0] == pytest.approx(saver.SAVED, abs=0.03)
