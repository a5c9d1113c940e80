"""`energibok fetch` against a server of our own: what comes lands in the inbox, what fails is told, nothing is lost."""

from __future__ import annotations

import io
import json
import socket
import threading
import zipfile
from argparse import Namespace
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from energy.errors import SettingsError
from flows.intake import fetch as fetch_module
from flows.intake.download import Downloader
from flows.intake.fetch import FAILURES, Fetched, fetch, few, plan, run
from flows.settings.load import load_settings

TODAY = date(2024, 1, 7)
CSV = (
    "Stationsnamn;Stationsnummer\nProvdalen;4711\n\nParameternamn;Beskrivning;Enhet\n"
    "Lufttemperatur;momentanvärde, 1 gång/tim;celsius\n\nDatum;Tid (UTC);Lufttemperatur;Kvalitet;;Tidsutsnitt:\n"
    "2023-05-01;00:00:00;9.5;G\n"
).encode()
ECB = b"Date,USD,SEK,\n2024-01-05,1.1,11.2,\n"
ARCHIVE = "/smhi/parameter/1/station/4711/period/corrected-archive/data.csv"
LATEST = "/smhi/parameter/1/station/4711/period/latest-months/data.json"


def latest(value: str) -> bytes:
    at = int(datetime(2024, 1, 5, tzinfo=UTC).timestamp() * 1000)
    return json.dumps({
        "value": [{"date": at, "value": value, "quality": "G"}], "updated": at, "position": [],
        "parameter": {"name": "Lufttemperatur", "summary": "momentanvärde", "unit": "celsius"},
        "station": {"key": "4711", "name": "Provdalen"}, "period": {"key": "latest-months"},
    }).encode()  # fmt: skip


def prices(day: int) -> bytes:
    start = datetime(2024, 1, day) - timedelta(0)
    return json.dumps([
        {"SEK_per_kWh": h / 10, "EUR_per_kWh": h / 100, "EXR": 10,
         "time_start": f"{start + timedelta(hours=h):%Y-%m-%dT%H:%M:%S}+01:00",
         "time_end": f"{start + timedelta(hours=h + 1):%Y-%m-%dT%H:%M:%S}+01:00"}
        for h in range(24)
    ]).encode()  # fmt: skip


def price_path(day: int) -> str:
    return f"/priser/2024/01-{day:02}_SE3.json"


@dataclass
class Answer:
    """What the server says: status, body, headers; `cut` promises more than it sends, `silent` waits first."""

    body: bytes = b""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    cut: bool = False
    silent: float = 0


class Server:
    """A server whose answers a test sets, path by path; the last answer of a list is given for ever."""

    def __init__(self) -> None:
        self.answers: dict[str, list[Answer]] = {}
        self.asked: list[tuple[str, dict[str, str]]] = []
        self.closing = threading.Event()
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                outer.asked.append((self.path, {k.lower(): v for k, v in self.headers.items()}))
                told = outer.answers.get(self.path, [Answer(status=404)])
                answer = told.pop(0) if len(told) > 1 else told[0]
                if answer.silent:
                    outer.closing.wait(answer.silent)
                self.send_response(answer.status)
                for name, value in answer.headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(answer.body) + (100 if answer.cut else 0)))
                self.end_headers()
                self.wfile.write(answer.body)

            def log_message(self, *_: object) -> None:
                pass

        class Quiet(ThreadingHTTPServer):
            def handle_error(self, *_: object) -> None:
                """A client that hangs up is what some of the tests are about."""

        self.http = Quiet(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.http.server_address[1]}"
        threading.Thread(target=self.http.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()

    def paths(self) -> list[str]:
        return [path for path, _ in self.asked]


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
    found = Server()
    yield found
    found.closing.set()
    found.http.shutdown()
    found.http.server_close()


@pytest.fixture
def home(tmp_path: Path, server: Server) -> Path:
    write_settings(tmp_path, server.url)
    return tmp_path


def write_settings(home: Path, url: str, more: str = "") -> None:
    (home / "inbox").mkdir(exist_ok=True)
    (home / "energibok.toml").write_text(
        f'[[facility]]\nid = "hall"\nname = "Hallen"\nweather_station = "4711"\n[fetch]\n'
        f'weather_url = "{url}/smhi"\nprices_url = "{url}/priser/"\ntimeout_seconds = 5\n{more}',
        encoding="utf-8",
    )


def fetched(home: Path, what: str, first: date | None = None, last: date | None = None,
            waits: list[float] | None = None) -> list[Fetched]:  # fmt: skip
    settings = load_settings(home)
    pause: Callable[[float], None] = (waits if waits is not None else []).append
    with Downloader(home, settings.fetch, TODAY, pause) as downloader:
        return fetch(downloader, list(plan(home, settings, what, first, last, TODAY)), lambda _: None)


def statuses(results: list[Fetched]) -> list[str]:
    return [r.status for r in results]


def inbox(home: Path) -> dict[str, bytes]:
    files = (p for p in (home / "inbox").rglob("*") if p.is_file())
    return {p.relative_to(home / "inbox").as_posix(): p.read_bytes() for p in files}


# --- weather -----------------------------------------------------------------------------------------------------


def test_archive_and_latest_months_land_and_are_asked_for_once(home: Path, server: Server) -> None:
    server.answers[ARCHIVE] = [Answer(CSV, headers={"ETag": '"a1"'}), Answer(status=304)]
    server.answers[LATEST] = [
        Answer(latest("1.0"), headers={"Last-Modified": "Fri, 05 Jan 2024 06:00:00 GMT"}), Answer(status=304),
    ]  # fmt: skip
    assert statuses(fetched(home, "weather")) == ["fetched", "fetched"]
    assert inbox(home) == {
        "vader/smhi_4711_p1_corrected-archive.csv": CSV, "vader/smhi_4711_p1_latest-months.json": latest("1.0"),
    }  # fmt: skip
    again = fetched(home, "weather")
    assert statuses(again) == ["unchanged", "unchanged"]
    assert again[0].file_name == "vader/smhi_4711_p1_corrected-archive.csv"
    asked = [headers for _, headers in server.asked[2:]]
    assert asked[0]["if-none-match"] == '"a1"'
    assert asked[1]["if-modified-since"] == "Fri, 05 Jan 2024 06:00:00 GMT"
    assert "if-none-match" not in server.asked[0][1]


def test_new_content_gets_a_new_name_and_old_content_none(home: Path, server: Server) -> None:
    server.answers[ARCHIVE] = [Answer(CSV)]
    server.answers[LATEST] = [Answer(latest(v)) for v in ("1.0", "2.0", "2.0", "1.0", "3.0")]
    found = [statuses(fetched(home, "weather"))[1] for _ in range(5)]
    assert found == ["fetched", "fetched", "unchanged", "unchanged", "fetched"]
    assert set(inbox(home)) == {
        "vader/smhi_4711_p1_corrected-archive.csv", "vader/smhi_4711_p1_latest-months.json",
        "vader/smhi_4711_p1_latest-months_2024-01-07.json", "vader/smhi_4711_p1_latest-months_2024-01-07_2.json",
    }  # fmt: skip


def test_a_file_gone_from_inbox_and_archive_is_asked_for_without_conditions(home: Path, server: Server) -> None:
    server.answers[ARCHIVE] = [Answer(CSV, headers={"ETag": '"a1"'})]
    fetched(home, "weather", last=date(2023, 1, 1))
    (home / "inbox/vader/smhi_4711_p1_corrected-archive.csv").unlink()
    assert statuses(fetched(home, "weather", last=date(2023, 1, 1))) == ["fetched"]
    assert "if-none-match" not in server.asked[1][1]
    (home / "store/fetch.json").write_text("[" * 9999)
    assert statuses(fetched(home, "weather", last=date(2023, 1, 1))) == ["unchanged"]


@pytest.mark.parametrize(
    ("first", "last", "wanted"),
    [
        (None, None, [ARCHIVE, LATEST]),
        (date(2023, 12, 1), None, [LATEST]),
        (None, date(2023, 6, 1), [ARCHIVE]),
        (date(2023, 1, 1), date(2024, 1, 7), [ARCHIVE, LATEST]),
    ],
)
def test_only_the_parts_the_days_need(
    home: Path, server: Server, first: date | None, last: date | None, wanted: list[str]
) -> None:
    settings = load_settings(home)
    assert [w.url for w in plan(home, settings, "weather", first, last, TODAY)] == [
        server.url + path for path in wanted
    ]


# --- prices ------------------------------------------------------------------------------------------------------


def test_days_in_the_inbox_are_skipped_and_tomorrow_may_be_missing(home: Path, server: Server) -> None:
    for day in (3, 4, 5, 6, 7):
        server.answers[price_path(day)] = [Answer(prices(day))]
    assert statuses(fetched(home, "prices", date(2024, 1, 3), date(2024, 1, 4))) == ["fetched"] * 2
    moved = home / "inbox/annat"
    moved.mkdir()
    (home / "inbox/priser/elprisetjustnu_2024-01-04_SE3.json").rename(moved / "elprisetjustnu_2024-01-04_SE3.json")
    results = fetched(home, "prices")
    assert statuses(results) == ["fetched"] * 3 + ["not_published"]
    assert server.paths()[2:] == [price_path(day) for day in (5, 6, 7, 8)]
    assert fetched(home, "prices", date(2024, 1, 3), date(2024, 1, 7)) == []
    assert inbox(home)["priser/elprisetjustnu_2024-01-05_SE3.json"] == prices(5)


def test_without_any_price_the_last_month_is_fetched_and_never_the_future(home: Path) -> None:
    settings = load_settings(home)
    names = [w.file_name[22:32] for w in plan(home, settings, "prices", None, date(2030, 1, 1), TODAY)]
    assert (names[0], names[-1], len(names)) == ("2023-12-01", "2024-01-08", 39)


def test_the_store_tells_the_last_day_too(home: Path, server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    class Known:
        def __enter__(self) -> Known:
            return self

        def __exit__(self, *_: object) -> None:
            pass

        def tables(self, _: str) -> list[str]:
            return ["spot_hourly"]

        def rows(self, *_: object) -> list[tuple[datetime]]:
            return [(datetime(2024, 1, 5, 22),)]  # the last hour of 5 January by the clock on the wall

    monkeypatch.setattr("flows.store.Store.read", lambda _: Known())
    wanted = list(plan(home, load_settings(home), "prices", None, None, TODAY))
    assert [w.file_name[22:32] for w in wanted] == ["2024-01-06", "2024-01-07", "2024-01-08"]


def test_rates_are_fetched_from_the_zip_of_the_ecb(home: Path, server: Server) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as target:
        target.writestr("eurofxref-hist.csv", ECB)
    write_settings(home, server.url, f'fx_url = "{server.url}/fx.zip"\n')
    server.answers["/fx.zip"] = [Answer(packed.getvalue())]
    server.answers[price_path(5)] = [Answer(prices(5))]
    assert statuses(fetched(home, "prices", date(2024, 1, 5), date(2024, 1, 5))) == ["fetched"] * 2
    assert inbox(home)["priser/ecb_valutakurser.csv"] == ECB
    server.answers["/fx.zip"] = [Answer(b"PK\x03\x04 avhuggen")]
    assert statuses(fetched(home, "prices", date(2024, 1, 5), date(2024, 1, 5))) == ["failed"]


# --- what goes wrong -----------------------------------------------------------------------------------------------

DAY = date(2024, 1, 5)
GOOD = Answer(prices(5))
HTML = Answer(b"<!DOCTYPE html><h1>Logga in</h1>", headers={"Content-Type": "text/html"})


@pytest.mark.parametrize(
    ("answers", "waits"),
    [
        ([Answer(status=500), GOOD], [1]),
        ([Answer(status=503), Answer(status=502), Answer(b"", 504), GOOD], [1, 2, 4]),
        ([Answer(status=429, headers={"Retry-After": "7"}), GOOD], [7]),
        ([Answer(status=429, headers={"Retry-After": "99999"}), GOOD], [60]),
        ([Answer(status=429, headers={"Retry-After": "Fri, 05 Jan 2024"}), GOOD], [1]),
        ([Answer(prices(5)[:200], cut=True), GOOD], [1]),
    ],
)
def test_another_try_helps(home: Path, server: Server, answers: list[Answer], waits: list[float]) -> None:
    server.answers[price_path(5)] = answers
    waited: list[float] = []
    assert statuses(fetched(home, "prices", DAY, DAY, waited)) == ["fetched"]
    assert waited == waits
    assert list(inbox(home).values()) == [prices(5)]


@pytest.mark.parametrize(
    ("answer", "words", "tries"),
    [
        (Answer(status=500), "svarade 500. (4 försök)", 4),
        (Answer(prices(5)[:200], cut=True), "kom inte fram helt. (4 försök)", 4),
        (Answer(prices(5)[:200]), "kan inte läsas", 1),
        (Answer(status=403), "svarade 403.", 1),
        (Answer(status=404), "finns inte hos 127.0.0.1 (404)", 1),
        (HTML, "börjar «<!DOCTYPE html>", 1),
        (Answer(b""), "börjar «»", 1),
        (Answer(b"[]"), "börjar «[]»", 1),
        (Answer(b"x" * 1_100_000), "större än 1 MB", 1),
        (Answer(b"\x1f\x8b skadad", headers={"Content-Encoding": "gzip"}), "kom inte fram helt", 4),
        (Answer(status=302, headers={"Location": "http://localhost:1/x"}), "bara https följs", 1),
        (Answer(status=302, headers={"Location": "file:///etc/passwd"}), "bara https följs", 1),
        (Answer(status=302, headers={"Location": price_path(5)}), "i en cirkel", 6),
    ],
)
def test_what_cannot_be_used_is_told_and_leaves_nothing(
    home: Path, server: Server, answer: Answer, words: str, tries: int
) -> None:
    write_settings(home, server.url, "largest_mb = 1\n")
    server.answers[price_path(5)] = [answer]
    (result,) = fetched(home, "prices", DAY, DAY)
    assert result.status == "failed"
    assert words in str(result.message)
    assert inbox(home) == {}
    assert len(server.asked) == tries


def test_a_redirect_to_the_same_host_is_followed(home: Path, server: Server) -> None:
    server.answers[price_path(5)] = [Answer(status=301, headers={"Location": "/flyttad.json"})]
    server.answers["/flyttad.json"] = [GOOD]
    assert statuses(fetched(home, "prices", DAY, DAY)) == ["fetched"]


def test_a_server_that_never_answers_is_given_up(home: Path, server: Server) -> None:
    write_settings(home, server.url, "retries = 1\n")
    text = (home / "energibok.toml").read_text(encoding="utf-8").replace("timeout_seconds = 5", "timeout_seconds = 0.2")
    (home / "energibok.toml").write_text(text, encoding="utf-8")
    server.answers[price_path(5)] = [Answer(prices(5), silent=5)]
    (result,) = fetched(home, "prices", DAY, DAY)
    assert "svarar inte i tid. (2 försök)" in str(result.message)


def test_what_came_stays_when_a_later_day_fails(home: Path, server: Server) -> None:
    server.answers = {price_path(3): [Answer(prices(3))], price_path(4): [HTML], price_path(5): [GOOD]}
    results = fetched(home, "prices", date(2024, 1, 3), DAY)
    assert statuses(results) == ["fetched", "failed", "fetched"]
    assert len(inbox(home)) == 2


def test_a_publisher_that_fails_three_times_in_a_row_is_left_alone(home: Path, server: Server) -> None:
    server.answers = {price_path(day): [Answer(status=403)] for day in range(1, 8)}
    results = fetched(home, "prices", date(2024, 1, 1), date(2024, 1, 7))
    assert statuses(results) == ["failed"] * 7
    assert len(server.asked) == 3
    assert "3 gånger i rad" in str(results[-1].message)


def closed_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def command(home: Path, what: str, **more: Any) -> Namespace:
    told = {"home": home, "what": what, "first": None, "last": None, "json": False, "command": "fetch"}
    return Namespace(**{**told, **more})


def test_without_a_network_it_says_so_and_asks_once(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    write_settings(home, f"http://127.0.0.1:{closed_port()}", "retries = 0\n")
    assert run(command(home, "prices", first="2024-01-01", last="2024-01-20", json=True)) == 3
    files = json.loads(capsys.readouterr().out)["files"]
    assert len(files) == 20
    assert "går inte att nå. Kontrollera nätet" in files[0]["message"]
    assert "elpriser 2024-01-20: inte hämtad" in files[-1]["message"]
    assert inbox(home) == {}


def test_the_command_tells_what_came_and_what_to_do_next(
    home: Path, server: Server, capsys: pytest.CaptureFixture[str]
) -> None:
    server.answers[ARCHIVE] = [Answer(CSV)]
    write_settings(home, server.url, "retries = 0\n")
    assert run(command(home, "weather")) == 1
    told = capsys.readouterr()
    assert "hämtar … 1 av 2 (SMHI:s temperaturer från station 4711, arkivet)" in told.err
    assert "1 filer hämtade, 0 oförändrade, 0 inte publicerade än, 1 misslyckades. Läs in dem: energibok" in told.out
    server.answers[LATEST] = [Answer(latest("1.0"))]
    assert run(command(home, "weather")) == 0
    assert not list(home.rglob("*.part"))


def test_an_inbox_that_cannot_be_written_is_told(home: Path, server: Server) -> None:
    (home / "inbox/priser").write_text("en fil i vägen")
    server.answers[price_path(5)] = [GOOD]
    (result,) = fetched(home, "prices", DAY, DAY)
    assert "inkorgen går inte att skriva i" in str(result.message)


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"first": "2024-13-01"}, "--from '2024-13-01' är ingen dag"),
        ({"last": "igår"}, "--to 'igår' är ingen dag"),
        ({"first": "2024-02-01", "last": "2024-01-01"}, "efter --to"),
    ],
)
def test_wrong_days_are_told(home: Path, more: dict[str, str], words: str) -> None:
    with pytest.raises(SettingsError, match=words):
        run(command(home, "prices", **more))


@pytest.mark.parametrize("url", ["file:///etc", "ftp://x/y", "https://user:secret@x/y", "https://x/a b", "x"])
def test_an_address_that_is_none_is_a_settings_error(home: Path, url: str) -> None:
    (home / "energibok.toml").write_text(f'[fetch]\nprices_url = "{url}"\n', encoding="utf-8")
    with pytest.raises(SettingsError, match="fetch"):
        load_settings(home)


def test_httpx_is_imported_only_when_something_is_fetched() -> None:
    assert "httpx" not in vars(fetch_module)


def test_a_dead_network_is_told_once_and_not_a_thousand_times() -> None:
    def made(*statuses: str) -> list[str]:
        return [one.status for one in few([Fetched(str(n), status) for n, status in enumerate(statuses)])]

    assert made("fetched", *["failed"] * 1000) == ["fetched", *["failed"] * FAILURES]
    assert made("failed", "fetched", "failed") == ["failed", "fetched", "failed"]
