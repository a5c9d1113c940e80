"""The command line speaks Swedish of what is wrong, and --json always has a document."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from flows.arguments import swedish
from flows.cli import COMMANDS, main

ENGLISH = re.compile(
    r"\b(usage|options?|positional|arguments?|required|invalid|choice|choose|expected|unrecognized|not allowed|"
    r"show this|error|ambiguous)\b",
    re.IGNORECASE,
)


@pytest.mark.parametrize("command", ["", *sorted(COMMANDS), "tariff show", "tariff compare"])
def test_no_word_of_a_help_text_is_argparses_own(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main([*command.split(), "--help"])
    shown = capsys.readouterr().out
    assert shown.startswith("användning: energibok")
    assert not ENGLISH.search(shown), ENGLISH.search(shown)


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("spara", "'spara' finns inte."),
        ("savngs", "Menade du «savings»? Finns: demo, "),
        ("savings --from", "--from: ett värde saknas"),
        ("savings --facilty hall", "okänt: --facilty hall. Menade du «--facility»?"),
        ("decide nyckel yess", "Menade du «yes»? Finns: yes, no, later, underway, done, ja"),
        ("fetch vader", "weather|prices: 'vader' finns inte."),
        ("bill", "det här saknas: LISTA, --readings, --month"),
        ("monthly --month 2023-11 --all", "--all: går inte ihop med --month"),
        ("demo mapp --seed ett", "--seed: 'ett' är inget tal"),
        ("demo mapp --files-only=ja", "--files-only: tar inget värde, men fick 'ja'"),
        ("demo", "det här saknas: MAPP"),
        ("ingest --w x", "--w kan vara flera: --withdraw, --why, --wait. Skriv ut hela"),
        ("tariff sho", "Menade du «show»?"),
        ("measures --registre", "okänt: --registre. Menade du «--register»? «energibok measures --help» visar"),
        ("savings --jsno", "okänt: --jsno. Menade du «--json»? «energibok savings --help» visar"),
        ("tariff show lista --monht 2023-01", "«energibok tariff show --help» visar"),
        ("--facilty", "okänt: --facilty. «energibok --help» visar"),
    ],
)
def test_what_is_written_wrongly_is_told_in_swedish(
    written: str, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as done:
        main(written.split())
    told = capsys.readouterr().err
    assert done.value.code == 2
    assert said in told
    assert not ENGLISH.search(told), ENGLISH.search(told)


def test_an_option_of_another_command_is_not_proposed(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["savings", "--registr", "x"])
    told = capsys.readouterr().err
    assert "energibok savings: okänt: --registr x. «energibok savings --help» visar vad som finns." in told


def test_a_message_that_is_not_known_stays_as_it_is() -> None:
    assert swedish("något nytt") == "något nytt"


@pytest.mark.parametrize("written", ["spara", "bill", "savings"])  # wrong usage twice, then a home without anything
def test_an_error_with_json_is_one_document(written: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    try:
        status = main([written, "--json", "--home", str(tmp_path)])
    except SystemExit as done:
        status = int(str(done.code))
    printed = capsys.readouterr()
    document = json.loads(printed.out)
    assert document["status"] == status > 1
    assert document["error"] in printed.err
