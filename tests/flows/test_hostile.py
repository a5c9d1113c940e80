"""A whole inbox of hostile files: bounded time and memory, nothing fetched or executed, the good rows loaded."""

from __future__ import annotations

import io
import json
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
import xlsxwriter

from tests.flows.homes import SETTINGS, csv, make_home

RULES = """
[[source]]
name = "blad"
match = "blad/*.xlsx"
format = "meter_sheet"
[source.options]
time_column = "Tid"
value_column = "kWh"
metering_point = "735"
unit = "kWh"
"""
RUN = """
import json, resource, socket, sys
def refuse(*a, **k): raise AssertionError("the network was asked for")
socket.socket.connect = refuse
socket.getaddrinfo = refuse
from pathlib import Path
from flows.intake.ingest import ingest
from flows.settings.load import load_settings
from flows.store import Store
home = Path(sys.argv[1])
with Store.write(home) as store:
    found = {r.file_name: [r.status, r.rows_in, r.loaded, r.message] for r in ingest(store, load_settings(home))}
    odd = store.rows("select file_name from raw.files where rows_in <> loaded + rejected + duplicates")
try:  # the peak of this process; Linux counts that of the process that started it into getrusage
    with open("/proc/self/status", encoding="ascii") as status:
        peak = float(status.read().split("VmHWM:")[1].split()[0]) / 1024
except OSError:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
print(json.dumps({"found": found, "odd": odd, "peak_mb": peak}))
"""
UBL = b"urn:oasis:names:specification:ubl:schema:xsd:Invoice-2"
LAUGHS = (
    b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY a "ha">'
    + b"".join(b'<!ENTITY a%d "%s">' % (n, b"&a;" * 10 if not n else b"&a%d;" % (n - 1) * 10) for n in range(9))
    + b']><Invoice xmlns="' + UBL + b'">&a8;</Invoice>'
)  # fmt: skip


def bomb() -> bytes:
    """Return a small zip file that looks like a workbook and unpacks to 2 GB."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as parts:
        parts.writestr("[Content_Types].xml", "<Types/>")
        with parts.open("xl/worksheets/sheet1.xml", "w", force_zip64=True) as out:
            block = b" " * 10_000_000
            for _ in range(200):
                out.write(block)
    return target.getvalue()


def sheet() -> bytes:
    target = io.BytesIO()
    with xlsxwriter.Workbook(target) as book:
        page = book.add_worksheet()
        page.write_row(0, 0, ["Tid", "kWh"])
        page.write_row(1, 0, ["2024-01-03 00:00", 1.5])
        page.write_row(2, 0, ["2024-01-03 01:00", '=HYPERLINK("http://x")'])
        page.write_formula(3, 1, '=WEBSERVICE("http://127.0.0.1:1/")', None, 7)
        page.write_string(3, 0, "2024-01-03 02:00")
    return target.getvalue()


@pytest.fixture(scope="module")
def outcome(tmp_path_factory: pytest.TempPathFactory) -> dict[str, object]:
    folder = tmp_path_factory.mktemp("fientlig")
    (folder / "hemlig.txt").write_text("lösenord")
    deep = b"<a>" * 100_000
    secret = (folder / "hemlig.txt").as_uri().encode()
    huge = b'[{"SEK_per_kWh": ' + b"9" * 5_000_000 + b', "time_start": "2024-01-01T00:00:00+01:00"}]'
    files = {
        "el/a.csv": csv("1,0", "2,0"),
        "el/formel.csv": csv("3,0", "=cmd|' /C calc'!A0", "<script>alert(1)</script>", first_day=2),
        "el/rad.csv": b"Tid;El (kWh)\n" + b"9" * 60_000_000,
        "el/nul.csv": b"Tid;El (kWh)\n2024-01-01 00:00;1\0,0\n",
        "el/utf16.csv": csv("1,0").decode().encode("utf-16"),
        "el/kolumner.csv": b"Tid;El (kWh)" + b";x" * 200_000 + b"\n" + b"2024-01-05 00:00;1,0" + b";" * 200_000 + b"\n",
        "fakturor/skratt.xml": LAUGHS,
        "fakturor/djup.xml": b'<Invoice xmlns="' + UBL + b'">' + deep,
        "fakturor/extern.xml": b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY x SYSTEM "' + secret
        + b'">]><Invoice xmlns="' + UBL + b'">&x;</Invoice>',
        "fakturor/xinclude.xml": b'<Invoice xmlns="' + UBL + b'" xmlns:xi="http://www.w3.org/2001/XInclude">'
        b'<xi:include parse="text" href="' + secret + b'"/></Invoice>',
        "priser/djup_SE3.json": b"[" * 200_000,
        "priser/stor_SE3.json": huge,
        "blad/bomb.xlsx": bomb(),
        "blad/avkapad.xlsx": sheet()[:900],
        "blad/bra.xlsx": sheet(),
        "skript.sh": b"#!/bin/sh\ntouch /tmp/energibok-executed\n",
    }  # fmt: skip
    home = make_home(folder / "hem", files, SETTINGS + RULES)
    done = subprocess.run([sys.executable, "-c", RUN, str(home)], capture_output=True, timeout=240, check=False)
    assert done.returncode == 0, done.stderr.decode()[-3000:]
    found: dict[str, object] = json.loads(done.stdout)
    found["kept"] = b"".join(
        p.read_bytes() for p in (home / "store/archive").rglob("*") if p.is_file() and p.stat().st_size < 10**6
    )
    return found


def test_the_good_rows_are_loaded(outcome: dict) -> None:
    found = outcome["found"]
    assert found["el/a.csv"][:3] == ["loaded", 2, 2]
    assert found["el/formel.csv"][:3] == ["loaded", 3, 1]
    assert found["blad/bra.xlsx"][0] == "loaded"
    assert found["blad/bra.xlsx"][2] >= 1


@pytest.mark.parametrize("name", [
    "el/rad.csv", "el/nul.csv", "el/utf16.csv", "fakturor/skratt.xml", "fakturor/djup.xml", "fakturor/extern.xml",
    "priser/djup_SE3.json", "priser/stor_SE3.json", "blad/bomb.xlsx", "blad/avkapad.xlsx", "skript.sh",
])  # fmt: skip
def test_the_bad_ones_give_nothing_and_a_reason(outcome: dict, name: str) -> None:
    status, _, loaded, message = outcome["found"][name]
    assert loaded == 0
    assert status in ("quarantined", "unknown") or (status == "loaded" and message)
    assert message
    assert name.rsplit("/", 1)[-1] in message or status == "loaded"
    assert "oväntat" not in message


def test_every_row_is_accounted_for_and_nothing_secret_read(outcome: dict) -> None:
    assert outcome["odd"] == []
    assert "lösenord".encode() not in outcome["kept"]
    assert "lösenord" not in json.dumps(outcome["found"], ensure_ascii=False)
    assert not Path("/tmp/energibok-executed").exists()


def test_memory_stays_bounded(outcome: dict) -> None:
    assert outcome["peak_mb"] < 1500
