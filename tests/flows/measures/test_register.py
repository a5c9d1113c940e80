"""The measure register in a store of two facilities: what is remembered, decided, refused, declined, taken back."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from energy.calendar import add_months
from energy.errors import SettingsError
from energy.measures.registered import REGISTERED
from flows.analysis import figures
from flows.analysis.dimensions import write_settings
from flows.cli import main, parser
from flows.decisions import deciding
from flows.intake.ingest import ingest
from flows.measures import context
from flows.measures.register import MARTS, REBUILT, remember
from flows.measures.settling import _judged, settled_rows
from flows.settings.load import load_settings
from flows.store import Store
from tests.flows.homes import make_home
from tests.flows.metered import HOUSE

SETTINGS = """
[[facility]]
id = "hall"
name = "Hallen"
weather_station = "1"
[[facility]]
id = "bad"
name = "Badet"
weather_station = "1"
[[metering_point]]
id = "7350"
facility = "hall"
name = "El"
carrier = "electricity"
"""
HEAD = "Åtgärdsnyckel;Beslut;Beslutat den;Ansvarig roll;Startar den;Beslutad kostnad (SEK);Anteckning\n"
NIGHT, PEAK, BAD = (
    "measure:hall:closed_hours_base_load:7350",
    "measure:hall:billed_heat_power:9",
    ("measure:bad:closed_hours_base_load:8"),
)
DECEMBER = date(2023, 12, 1)
STATE = "stage, measure_key, decision, decided_on, owner_role, note, decided_value_sek, promised_sek_per_year"
HISTORY = "measure_key, no, happened_on, event, decision, owner_role, value_sek, note"
Seen = dict[str, tuple[float, float]]  # key -> value and lower end


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return make_home(tmp_path, {}, SETTINGS)


def _row(key: str, value: float, low: float) -> dict[str, Any]:
    _, facility, rule, point = key.split(":")
    return {
        "measure_key": key, "measure_id": rule, "facility": facility, "title": rule, "saving_sek_per_year": value,
        "saving_sek_per_year_low": low, "saving_sek_per_year_high": 2 * value, "status": "förslag",
        "metering_point": point, "one_off": False,
    }  # fmt: skip


def _found(key: str, value: float | None) -> dict[str, Any]:
    """Return a claim on an invoice, or without a value a fault of a meter."""
    _, facility, rule, point = key.split(":")[:4]
    return {
        "measure_key": key, "measure_id": rule, "facility": facility, "title": rule, "saving_sek_per_year": value,
        "saving_sek_per_year_low": value, "saving_sek_per_year_high": value, "status": "förslag",
        "metering_point": point, "one_off": True, "code": "M2" if value is None else "I1",
    }  # fmt: skip


def looked(
    store: Store, month: date, seen: Seen, without: tuple[str, ...] = (),
    found: Mapping[str, float | None] | None = None, settled: Mapping[str, float] | None = None,
    last_month: date = DECEMBER, months: int = 1, silent: Mapping[str, str] | None = None,
) -> None:  # fmt: skip
    """Do what an analysis of data to the end of `month` does with what the rules have `seen` and the audit `found`.

    A finding shows last in `last_month`, and in so many `months` to it; `silent` rules say why.
    """
    rows: figures.Rows = {name: [] for name in figures.ANALYSIS}
    rows["measures"] = [_row(key, *worth) for key, worth in seen.items()]
    rows["measures"] += [_found(key, value) for key, value in (found or {}).items()]
    kinds = {kind.id: kind.settles for kind in REGISTERED}
    rows["measure_found"] = [
        {"measure_key": key, "facility": "hall", "is_open": key in (found or {}), "amount_sek": amount,
         "settles": kinds[key.split(":")[2]], "last_month": last_month}
        for key, amount in ((found or {}) | (settled or {})).items()
    ]  # fmt: skip
    rows["measure_found_months"] = [
        {"measure_key": key, "month": add_months(last_month, -n)} for key in found or {} for n in range(months)
    ]
    rows["findings"] = [
        {"facility": "hall", "level": "info", "rule": f"measure_silent_{rule}", "message": why}
        for rule, why in (silent or {}).items()
    ]
    rows["measure_runs"] = [
        {"facility": f, "month": month, "first_day": add_months(month, -11), "run_id": "r"}
        for f in ("hall", "bad")
        if f not in without
    ]
    with store.transaction():
        write_settings(store, load_settings(store.home), HOUSE)
        store.build("staging")
        store.build("core", REBUILT)
        for name, frame in figures.frames(rows).items():
            if name.startswith("measure") or name == "findings":
                store.replace(f"analysis.{name}", frame)
        remember(store)
        if "invoice_lines" in store.tables("core"):
            rows["measure_verification"] = settled_rows(store, "r")
            store.replace("analysis.measure_verification", figures.frames(rows)["measure_verification"])
        store.build("marts", MARTS)


def told(home: Path, store: Store, name: str, text: str) -> None:
    """Put a file of decisions in the inbox and read it."""
    path = home / "inbox" / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(text, encoding="utf-8")
    list(ingest(store, load_settings(home), [path]))


def state(store: Store) -> list[tuple[Any, ...]]:
    return store.rows(f"select {STATE} from marts.measure_register order by measure_key")


def stages(store: Store) -> dict[str, str]:
    return dict(store.rows("select measure_key, stage from marts.measure_register"))


@pytest.fixture(scope="module")
def unchanged(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """Yield a store for tests that must leave it as it is."""
    with Store.write(make_home(tmp_path_factory.mktemp("unchanged"), {}, SETTINGS)) as opened:
        looked(opened, DECEMBER, {NIGHT: (100.0, 70.0)})
        yield opened


@pytest.fixture
def store(home: Path) -> Iterator[Store]:
    with Store.write(home) as opened:
        looked(opened, DECEMBER, {NIGHT: (100.0, 70.0), PEAK: (50.0, 40.0), BAD: (30.0, 20.0)})
        yield opened


def test_what_is_no_longer_seen_stays_with_its_history(store: Store) -> None:
    looked(store, date(2024, 1, 1), {NIGHT: (120.0, 80.0)})
    assert stages(store) == {NIGHT: "candidate", PEAK: "gone", BAD: "gone"}
    worth = "first_seen, last_seen, first_value_sek, latest_sek_per_year, is_visible"
    assert store.rows(f"select {worth} from marts.measure_register where measure_key = ?", [NIGHT]) == [
        (DECEMBER, date(2024, 1, 1), 100.0, 120.0, True)
    ]
    assert store.rows("select event from marts.measure_history where measure_key = ? order by no", [PEAK]) == [
        ("proposed",), ("gone",),
    ]  # fmt: skip
    looked(store, date(2024, 2, 1), {NIGHT: (120.0, 80.0)}, without=("bad",))
    assert stages(store)[BAD] == "candidate"  # its measures could not be looked for: nothing is known to have gone


def test_months_seen_in_any_order_are_remembered_the_same(tmp_path: Path) -> None:
    months = [(DECEMBER, {NIGHT: (100.0, 70.0)}), (date(2024, 1, 1), {NIGHT: (130.0, 90.0), PEAK: (9.0, 8.0)})]
    found = []
    for n, order in enumerate((months, [*months[::-1], months[1]])):
        with Store.write(make_home(tmp_path / str(n), {}, SETTINGS)) as store:
            for month, seen in order:
                looked(store, month, seen)
            memory = "select measure_key, month, saving_sek_per_year from ledger.measure_sightings order by all"
            found.append(store.rows(memory))
    assert found[0] == found[1] and len(found[0]) == 3


def test_decisions_in_any_order_and_twice_give_the_same_state(tmp_path: Path) -> None:
    files = {
        "a.csv": f"{HEAD}{NIGHT};avvakta;2024-01-10;driftchef;;;\n{PEAK};nej;2024-01-10;driftchef;;;stör skolan\n",
        "b.csv": f"{HEAD}{NIGHT};genomför;2024-02-01;driftchef;2024-05-01;900;\n",
        "c.csv": f"{HEAD}{NIGHT};avvakta;2024-01-10;driftchef;;;\n",  # told once more
    }
    found = []
    for n, order in enumerate((sorted(files), sorted(files, reverse=True))):
        home = make_home(tmp_path / str(n), {}, SETTINGS)
        with Store.write(home) as store:
            for name in (*order, order[0]):
                told(home, store, name, files[name])
            looked(store, DECEMBER, {NIGHT: (100.0, 70.0), PEAK: (50.0, 40.0)})
            found.append((state(store), store.rows(f"select {HISTORY} from marts.measure_history order by all")))
    assert found[0] == found[1]
    assert found[0][0] == [
        ("declined", PEAK, "reject", date(2024, 1, 10), "driftchef", "stör skolan", 50.0, None),
        ("decided", NIGHT, "do", date(2024, 2, 1), "driftchef", None, 100.0, 100.0),
    ]
    assert [row[1:5] for row in found[0][1] if row[0] == NIGHT] == [
        (1, DECEMBER, "proposed", None), (2, date(2024, 1, 10), "decided", "wait"),
        (3, date(2024, 2, 1), "decided", "do"),
    ]  # fmt: skip


def test_a_declined_measure_is_quiet_until_its_value_has_grown_by_half(home: Path, store: Store) -> None:
    told(home, store, "nej.csv", f"{HEAD}{NIGHT};nej;2024-01-10;driftchef;;;stör skolan\n")
    quiet = "select measure_key, is_quiet, rank from marts.measures where facility = 'hall' order by rank"
    for low, expected in ((149.9, "declined"), (150.0, "declined"), (150.1, "returned")):
        looked(store, date(2024, 1, 1), {NIGHT: (400.0, low), PEAK: (50.0, 40.0)})
        assert stages(store)[NIGHT] == expected
        last = [(PEAK, False, 1), (NIGHT, True, 2)] if expected == "declined" else [(NIGHT, False, 1), (PEAK, False, 2)]
        assert store.rows(quiet) == last
    note = store.rows("select stage_note from marts.measures where measure_key = ?", [NIGHT])[0][0]
    assert note == (
        "Åter aktuell: avböjd 2024-01-10 när värdet var 100 kr per år; nu är också det lägsta troliga värdet, 150 kr, "
        "mer än 1,5 gånger så stort."
    )


def test_a_reason_for_no_is_known_at_the_next_facility(home: Path, store: Store) -> None:
    told(home, store, "nej.csv", f"{HEAD}{NIGHT};nej;2024-01-10;driftchef;;;stör skolan\n")
    looked(store, DECEMBER, {NIGHT: (100.0, 70.0), BAD: (30.0, 20.0)})
    said = dict(store.rows("select measure_key, dismissed_elsewhere from marts.measures"))
    assert said == {NIGHT: None, BAD: "Avböjd vid Hallen 2024-01-10: stör skolan"}


REFUSED = (
    ("measure:hall:nonsens:7350;ja;2024-01-01", "unknown_measure", "finns i registret"),
    ("measure:hall:closed_hours_base_load:999;ja;2024-01-01", "unknown_measure", "finns i registret"),
    ("natten;ja;2024-01-01", "unknown_measure", "finns i registret"),
    ("measure:annan:closed_hours_base_load:1;ja;2024-01-01", "other_facility", "«annan», som inte finns"),
    (f"{NIGHT};ja;2199-01-01", "decision_in_future", "efter dagen då det lämnades"),
    (f"{NIGHT};ja;2022-12-31", "decision_before_measure", "(från 2023-01-01)"),
    (f"{NIGHT};klar;2024-01-01;;2199-01-01", "start_in_future", "startar 2199-01-01"),
    ("measure:hall:closed_hours_base_load;ja;2024-01-01", "unknown_measure", "finns i registret"),  # cut off
    ("measure:hall:brine_pump_at_full_speed:7350;ja;2024-01-01", "unknown_measure", "finns i registret"),  # never seen
    (f"{PEAK};klar;1990-01-01;driftchef;1990-02-01", "decision_too_old", "mer än tjugo år tillbaka"),
    (f"{PEAK};ja;2024-01-02;driftchef", "decisions_against", "samma dag i filen (rad 12, 13)"),
    (f"{PEAK};nej;2024-01-02;driftchef;;;för dyrt", "decisions_against", "samma dag i filen (rad 12, 13)"),
)


def test_a_decision_that_cannot_hold_is_told_with_file_and_row(home: Path, store: Store) -> None:
    told(home, store, "fel.csv", HEAD + "".join(f"{row}{';' * (6 - row.count(';'))}\n" for row, _, _ in REFUSED))
    looked(store, DECEMBER, {NIGHT: (100.0, 70.0)})
    found = store.rows("select file_name, row_no, refused, refusal from core.measure_history order by row_no")
    assert [one[:3] for one in found] == [("fel.csv", n, rule) for n, (_, rule, _) in enumerate(REFUSED, start=2)]
    assert all(words in text for (*_, text), (_, _, words) in zip(found, REFUSED, strict=True))
    assert stages(store)[NIGHT] == "candidate"


def test_work_done_before_the_first_run_may_be_entered(home: Path, store: Store) -> None:
    pump = "measure:hall:brine_pump_at_full_speed:7350"
    told(home, store, "klar.csv", f"{HEAD}{pump};klar;2021-08-01;driftchef;2021-08-10;900;\n")
    looked(store, DECEMBER, {NIGHT: (100.0, 70.0)})
    query = "select stage, promised_sek_per_year, stage_note from marts.measure_register where measure_key = ?"
    assert store.rows(query, [pump]) == [
        ("done", None, "Ingen körning har föreslagit åtgärden: den är införd genom beslutet.")
    ]


def _decide(store: Store, *words: str) -> None:
    """Do what the command does with the store, but for publishing."""
    arguments = parser().parse_args(["decide", *words])
    deciding._checked(arguments)
    row = deciding._undone(store, arguments) if arguments.undo else deciding._decided(store, arguments)
    deciding.write(store, row)


def test_the_command_line_decides_and_takes_back(home: Path, store: Store) -> None:
    by = ("--by", "driftchef", "--why", "ryms i budgeten")
    _decide(store, NIGHT, "yes", *by, "--on", "2024-01-10", "--from", "2024-02-01", "--cost", "900")
    assert stages(store)[NIGHT] == "decided"
    _decide(store, NIGHT, "done", *by, "--on", "2024-03-01")
    held = "select stage, start_on, cost_sek, promised_sek_per_year from marts.measure_register where measure_key = ?"
    assert store.rows(held, [NIGHT]) == [("done", date(2024, 2, 1), 900.0, 100.0)]  # start and cost stand
    _decide(store, NIGHT, "--undo", "--by", "controller", "--why", "fel åtgärd")
    assert stages(store)[NIGHT] == "decided"
    looked(store, date(2024, 4, 1), {NIGHT: (300.0, 200.0)})
    assert store.rows(held, [NIGHT]) == [("decided", date(2024, 2, 1), 900.0, 100.0)]  # survives the next run
    events = store.rows("select event, note from marts.measure_history where measure_key = ? order by no", [NIGHT])
    assert events[-1] == ("undone", "fel åtgärd") and ("decided_undone", "ryms i budgeten") in events
    old = f"{HEAD}{NIGHT};klar;2024-03-01;driftchef;2024-02-01;900;ryms i budgeten\n"
    told(home, store, "gammal.csv", old)  # an old workbook does not bring back what was taken back
    looked(store, date(2024, 4, 1), {NIGHT: (300.0, 200.0)})
    assert stages(store)[NIGHT] == "decided"


def test_what_is_decided_and_taken_back_on_one_day_is_told_in_that_order(store: Store) -> None:
    """Yes, later, both taken back from the last, then no: each where it happened, not the undoings last."""
    by = ("--by", "driftchef", "--why", "skäl")
    for words in (("yes", *by), ("later", *by), ("--undo", *by), ("--undo", *by), ("no", *by)):
        _decide(store, NIGHT, *words)
    query = "select event, decision from marts.measure_history where measure_key = ? order by no"
    assert store.rows(query, [NIGHT]) == [
        ("proposed", None), ("decided_undone", "do"), ("decided_undone", "wait"), ("undone", "wait"),
        ("undone", "do"), ("decided", "reject"),
    ]  # fmt: skip


def test_others_are_not_added_to_what_is_put_off(store: Store) -> None:
    """NIGHT waits, so what PEAK gives is told without it, as it is without BAD that is declined."""
    why = ("--by", "driftchef", "--why", "skäl")
    _decide(store, PEAK, "yes", *why)
    _decide(store, BAD, "no", *why)
    inputs: Any = SimpleNamespace(store=store)
    assert context._settled(inputs, []) == {BAD}
    _decide(store, NIGHT, "later", *why)
    assert context._settled(inputs, []) == {BAD, NIGHT}


def test_a_list_that_adds_to_what_is_put_off_since_has_no_amounts(store: Store) -> None:
    for rank, key, sek in ((1, NIGHT, 100.0), (2, PEAK, 30.0)):
        row = "insert into analysis.measures_combined (facility, rank, measure_key, title, marginal_sek_per_year) "
        store.con.execute(row + "values ('hall', ?, ?, 'x', ?)", [rank, key, sek])
    store.build("marts", MARTS)
    steps = "select measure_key, marginal_sek_per_year from marts.measures_combined order by rank"
    assert store.rows(steps) == [(NIGHT, 100.0), (PEAK, 30.0)]
    _decide(store, NIGHT, "later", "--by", "driftchef", "--why", "skäl")
    assert store.rows(steps) == [(PEAK, None)]  # 30 is beyond a measure nobody does now


def test_a_set_or_budget_needs_one_facility_that_there_is(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    asked = ["measures", "--budget", "1000", "--home", str(home)]
    assert main(asked) == 2
    assert "--facility saknas: ange vilken anläggning det gäller. Finns: hall, bad." in capsys.readouterr().err
    assert main([*asked, "--facility", "hal"]) == 2
    assert "--facility «hal» finns inte. Menade du «hall»? Finns: bad, hall." in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("nonsens", "yes"), "är ingen åtgärd i registret"),
        (("measure:annan:closed_hours_base_load:1", "yes"), "inte finns i det här hemmet"),
        ((NIGHT, "yes", "--on", "2199-01-01"), "inte vara daterat i framtiden"),
        ((NIGHT, "yes", "--on", "2019-01-01"), "rätta --on"),
        ((NIGHT, "done", "--from", "2199-01-01"), "inte starta i framtiden"),
        ((NIGHT, "yes", "--on", "i går"), "är inget datum"),
        ((NIGHT, "yes", "--cost", "-5"), "noll eller mer"),
        ((NIGHT, "yes", "--cost", "nan"), "noll eller mer"),
        ((NIGHT, "yes", "--by", "Anna Svensson"), "ser ut att nämna en person"),
        ((NIGHT, "yes", "--why", "anna@exempel.se sa nej"), "--why: ser ut att nämna en person"),
        ((NIGHT, "yes", "--why", "Anna Svensson sa nej"), "--why: ser ut att nämna en person"),
        ((NIGHT, "yes", "--by", "anna svensson"), "--by: ser ut att nämna en person"),
        ((NIGHT, "yes", "--why", " "), "ange skälet"),
        ((NIGHT, "--undo"), "inget beslut att ta tillbaka"),
    ],
)
def test_the_command_line_refuses_in_plain_words(unchanged: Store, words: tuple[str, ...], said: str) -> None:
    given = {"--by": "driftchef", "--why": "skäl"}
    left = [word for option, value in given.items() if option not in words for word in (option, value)]
    with pytest.raises(SettingsError, match=said):
        _decide(unchanged, *words, *left)
    assert unchanged.rows("select count(*) from ledger.measure_decisions") == [(0,)]


def test_a_home_without_figures_has_no_register(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["decide", NIGHT, "yes", "--by", "driftchef", "--why", "skäl", "--home", str(home)]) in (2, 3)
    assert "Kör «energibok monthly» först" in capsys.readouterr().err


CLAIM, GAP = "measure:hall:duplicate_invoice:7350:556:F2", "measure:hall:values_missing:7350"
HELD = "select stage, promised_sek_per_year, verified_sek, verdict from marts.measure_register where measure_key = ?"


@pytest.fixture
def audited(store: Store) -> Store:
    """A store with core tables of invoices, a claim of 500 kr and a meter whose values are missing."""
    store.build("core")
    looked(store, DECEMBER, {NIGHT: (100.0, 70.0)}, found={CLAIM: 500.0, GAP: None})
    return store


def test_findings_of_invoices_and_meters_are_candidates_after_what_saves_every_year(audited: Store) -> None:
    stages_now = stages(audited)
    assert (stages_now[CLAIM], stages_now[GAP]) == ("candidate", "candidate")
    order = "select measure_key from marts.measures where facility = 'hall' order by rank"
    assert audited.rows(order) == [(NIGHT,), (CLAIM,), (GAP,)]


def test_a_fault_without_value_is_decided_on_and_stays_quiet_when_declined(home: Path, audited: Store) -> None:
    told(home, audited, "nej.csv", f"{HEAD}{GAP};nej;2024-01-10;driftchef;;;gammal mätare\n")
    looked(audited, date(2024, 1, 1), {NIGHT: (100.0, 70.0)}, found={CLAIM: 500.0, GAP: None})
    assert stages(audited)[GAP] == "declined"
    assert audited.rows("select is_quiet from marts.measures where measure_key = ?", [GAP]) == [(True,)]


def test_what_a_credit_gives_back_is_verified_by_it_whatever_was_decided(home: Path, audited: Store) -> None:
    """The same month again: the credit note has come, and no run sees the claim any longer."""
    looked(audited, DECEMBER, {NIGHT: (100.0, 70.0)}, found={GAP: None}, settled={CLAIM: 500.0})
    assert audited.rows(HELD, [CLAIM]) == [("verified", None, 500.0, "confirmed")]
    told(home, audited, "ja.csv", f"{HEAD}{CLAIM};klar;2024-01-10;controller;;;begärd\n")
    looked(audited, DECEMBER, {NIGHT: (100.0, 70.0)}, found={GAP: None}, settled={CLAIM: 500.0})
    assert audited.rows(HELD, [CLAIM])[0][0::3] == ("verified", "confirmed")
    events = audited.rows(
        "select event, value_sek from marts.measure_history where measure_key = ? order by no", [CLAIM]
    )
    assert events[0][0] == "proposed" and ("verified", 500.0) in events
    told(home, audited, "nej.csv", f"{HEAD}{CLAIM};nej;2024-01-11;controller;;;släpper den\n")
    looked(audited, DECEMBER, {NIGHT: (100.0, 70.0)}, found={GAP: None}, settled={CLAIM: 500.0})
    assert stages(audited)[CLAIM] == "declined"


def test_a_claim_that_is_said_to_be_done_waits_for_its_credit(home: Path, audited: Store) -> None:
    told(
        home,
        audited,
        "klar.csv",
        f"{HEAD}{CLAIM};klar;2024-01-10;controller;;;begärd\n{GAP};klar;2024-01-10;drift;;;x\n",
    )
    looked(audited, DECEMBER, {}, found={CLAIM: 500.0, GAP: None})
    assert audited.rows(HELD, [CLAIM]) == [("done", 500.0, None, "too_early")]
    assert audited.rows(HELD, [GAP]) == [("returned", None, None, "not_confirmed")]  # the hours are still missing
    looked(audited, DECEMBER, {}, found={CLAIM: 500.0})
    assert audited.rows(HELD, [GAP]) == [("verified", None, None, "confirmed")]


def test_a_no_ends_the_start_and_the_promise_told_before_it(home: Path, store: Store) -> None:
    rows = (
        f"{NIGHT};genomför;2024-01-10;driftchef;2024-05-01;;\n{NIGHT};nej;2024-02-01;driftchef;;;dyrt\n"
        f"{NIGHT};klar;2024-03-01;driftchef;;;ändå\n"
    )
    told(home, store, "fram.csv", HEAD + rows)
    looked(store, DECEMBER, {NIGHT: (100.0, 70.0)})
    assert store.rows("select decision, effective_on from core.measure_decisions") == [("done", date(2024, 3, 1))]


def test_a_decision_once_in_the_future_holds_when_it_is_told_again(home: Path, store: Store) -> None:
    row = f"{NIGHT};ja;2024-01-10;driftchef;;;\n"
    told(home, store, "for_tidigt.csv", HEAD + row)
    store.con.execute("update raw.files set received_at = timestamptz '2023-12-31 12:00+00'")
    looked(store, DECEMBER, {NIGHT: (100.0, 70.0)})
    assert stages(store)[NIGHT] == "candidate"
    told(home, store, "igen.csv", f"{HEAD}{row}\n")
    looked(store, DECEMBER, {NIGHT: (100.0, 70.0)})
    assert stages(store)[NIGHT] == "decided"


def test_until_when_one_waited_is_not_the_day_it_was_done(home: Path, store: Store) -> None:
    rows = f"{NIGHT};avvakta;2023-06-01;driftchef;2024-01-01;;\n{NIGHT};klar;2023-12-01;driftchef;;;\n"
    told(home, store, "klar.csv", HEAD + rows)
    looked(store, DECEMBER, {NIGHT: (100.0, 70.0)})
    assert store.rows("select decision, effective_on from core.measure_decisions") == [("done", date(2023, 12, 1))]


def test_a_credit_is_read_with_its_supplier_and_shared_over_its_claims(home: Path, audited: Store) -> None:
    """Two claims on invoice 2023/117 of 556, of 300 and 500 kr: 800 kr from another supplier, then 700 kr from 556."""
    band, power = (f"measure:hall:{rule}:7350:556:2023_117" for rule in ("wrong_band", "wrong_power"))
    told(home, audited, "klar.csv", HEAD + "".join(f"{k};klar;2023-12-10;controller;;;x\n" for k in (band, power)))
    back = []
    for supplier, sek in (("777", 800.0), ("556", 700.0)):
        head = f"file_id, '{supplier}' as supplier_id, 'K1' as invoice_no, date '2023-12-20' as issue_date"
        which = "from raw.files where file_name like '%klar.csv'"
        for table, more in (
            ("invoices", "'2023/117' as references_invoice"),
            ("invoice_lines", f"'1' as line_id, '7350' as metering_point, {-sek} as amount_sek"),
        ):
            row = f"select {head}, '381' as document_type, {more} {which}"
            audited.con.execute(f"insert into raw.{table} by name {row}")
        audited.build("staging")
        audited.build("core", ("invoice_lines", "invoices"))
        looked(audited, DECEMBER, {}, found={band: 300.0, power: 500.0})
        back += [audited.rows(HELD, [key])[0][2:] for key in (band, power)]
    assert back == [(None, "too_early"), (None, "too_early"), (300.0, "confirmed"), (400.0, "partly")]


def test_a_mended_fault_waits_until_its_own_check_has_judged_a_month_after_it(home: Path, audited: Store) -> None:
    """The facility has data to December; the meter, changed in October, has delivered nothing since August."""
    fault = "measure:hall:negative_values:7350"
    looked(audited, DECEMBER, {}, found={fault: None})
    told(home, audited, "klar.csv", f"{HEAD}{fault};klar;2023-10-15;drift;;;bytt\n")
    row = "select 'hall' as facility, '7350' as metering_point, 'negative_values' as rule, ?::date as month"
    for judged, verdict in ((date(2023, 8, 1), "too_early"), (date(2023, 11, 1), "confirmed")):
        audited.con.execute("delete from core.last_judged")
        audited.con.execute(f"insert into core.last_judged by name {row}", [judged])
        looked(audited, DECEMBER, {})
        assert audited.rows(HELD, [fault])[0][3] == verdict


def test_invoice_periods_are_judged_by_the_month_of_the_last_invoice_of_that_meter(audited: Store) -> None:
    """21 January to 20 February has its middle day in February; a credit note and another supplier's are not it."""
    audited.con.execute("delete from core.invoice_lines")
    for supplier, document, first, last in (
        ("556", "380", "2024-01-21", "2024-02-20"), ("556", "381", "2024-03-01", "2024-03-31"),
        ("777", "380", "2024-05-01", "2024-05-31"),
    ):  # fmt: skip
        audited.con.execute(
            f"insert into core.invoice_lines by name select 'hall' as facility, '7350' as metering_point, "
            f"'{supplier}' as supplier_id, '{document}' as document_type, 'grid' as contract_kind, 1.0 as amount_sek, "
            f"date '{first}' as period_start, date '{last}' as period_end"
        )
    found = _judged(audited)
    assert found["measure:hall:period_not_aligned:7350:556"] == date(2024, 2, 1)
    assert found["measure:hall:period_not_aligned:7350:777"] == date(2024, 5, 1)
