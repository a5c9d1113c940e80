"""The documentation says what the program does: generated pages, commands, links, examples, all checked."""

from __future__ import annotations

import argparse
import ast
import hashlib
import importlib.util
import re
from datetime import date
from functools import cache
from pathlib import Path
from types import ModuleType

import duckdb
import numpy as np
import polars as pl
import pytest

from docs import generate
from energy.measures import MeasureFinding, Silent, assumptions
from energy.model import BillingContext, Load
from energy.sources import Source
from energy.tariffs.metered import MeteredDays
from energy.tariffs.period import Determinant, Period
from energy.tariffs.pricelist import read_price_list
from flows import cli
from flows.settings.load import load_settings
from tests import real
from tests.measures.facility import ENERGY, HOURS, POWER, START, Facility, column, price_list
from tests.tariffs.loads import by_day, load

ROOT = Path(__file__).resolve().parents[1]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")])
MAKE = (ROOT / "Makefile").read_text(encoding="utf-8")
FENCE = re.compile(r"^( *)```(.*)\n((?:.*\n)*?)\1```$", re.MULTILINE)


def text(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def targets() -> dict[str, str]:
    """Return Makefile target -> its help, "" where it has none."""
    found = re.findall(r"^([a-z][a-z0-9-]*):(?!=)[^\n#]*(?:## (.+))?$", MAKE, re.MULTILINE)
    return dict(found)


def examples(page: str, kind: str) -> list[str]:
    """Return the fenced blocks of a page whose first line says `kind`."""
    return [body for _, info, body in FENCE.findall(text(page)) if info.strip() == kind]


# --- generated pages ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("page", generate.PAGES)
def test_a_generated_page_is_what_the_program_says_now(page: str) -> None:
    assert text(f"docs/{page}") == generate.PAGES[page](), f"docs/{page} is old: run make docs"


def test_generating_again_writes_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert generate.main(tmp_path) == 0
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(generate.PAGES)
    assert capsys.readouterr().out.count(" written") == len(generate.PAGES)
    assert generate.main(tmp_path) == 0
    assert capsys.readouterr().out == ""


# --- commands and Makefile ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("command", cli.COMMANDS)
def test_a_command_is_documented_with_help_and_example(command: str) -> None:
    _, words, example = cli.COMMANDS[command]
    assert words and example.split()[0] == command
    section = text("docs/commands.md").split(f"\n## {command}\n")[1].split("\n## ")[0]
    assert words[1:] in section and f"    energibok {example}\n" in section
    assert re.search(rf"`(energibok )?{command}\b", text("README.md")), f"README.md does not name {command}"


@pytest.mark.parametrize("command", cli.COMMANDS)
def test_an_example_is_understood_and_every_argument_has_help(command: str) -> None:
    parser = cli.parser()
    words = [word.strip("'") for word in re.findall(r"'[^']*'|\S+", cli.COMMANDS[command][2])]
    assert parser.parse_args(words).command == command
    chosen = next(a for a in parser._actions if isinstance(a, argparse._SubParsersAction))
    silent = [a.dest for a in chosen.choices[command]._actions if not a.help and "ÅÅÅÅ-MM" not in str(a.metavar)]
    assert not silent, f"energibok {command}: {silent} without help"


def test_the_two_commands_of_the_readme_are_targets() -> None:
    block = text("README.md").split("## Two commands")[1].split("\n\n    ")[1].split("\n\n")[0]
    assert re.findall(r"make (\S+)", block) == ["demo", "test"]
    assert {"demo", "test"} <= targets().keys()


def test_every_make_word_of_the_pages_is_a_target() -> None:
    named = {
        name for page in PAGES for name in re.findall(r"(?:`|^    )make ([a-z][a-z0-9-]*)", page.read_text(), re.M)
    }
    assert {"demo", "test", "real", "docs"} <= named <= targets().keys()


def test_every_target_has_help_and_is_phony() -> None:
    without = [name for name, words in targets().items() if not words]
    assert not without, f"Makefile: {without} without ## help"
    phony = set(re.search(r"^\.PHONY: (.+)$", MAKE, re.MULTILINE)[1].split())  # type: ignore[index]
    assert targets().keys() == phony


# --- links -------------------------------------------------------------------------------------------------------


def anchors(page: Path) -> set[str]:
    """Return the anchors a reader on the web gets for the headings of a page."""
    heads = re.findall(r"^#+ (.+)$", FENCE.sub("", page.read_text(encoding="utf-8")), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", head.lower()).replace(" ", "-") for head in heads}


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.relative_to(ROOT).as_posix())
def test_relative_links_lead_somewhere(page: Path) -> None:
    for link in re.findall(r"\]\(([^)\s]+)\)", page.read_text(encoding="utf-8")):
        if "://" in link:
            continue
        place, _, anchor = link.partition("#")
        target = (page.parent / place).resolve() if place else page
        assert target.exists(), f"{page.name}: {link} leads nowhere"
        assert not anchor or anchor in anchors(target), f"{page.name}: {link}: no such heading"


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.relative_to(ROOT).as_posix())
def test_files_named_in_the_pages_exist(page: Path) -> None:
    named = re.findall(r"\b(?:energy|flows|dashboards|sql|tests|docs)/[\w/-]+\.(?:py|sql|toml|md)\b", page.read_text())
    missing = sorted({name for name in named if not (ROOT / name).is_file()})
    assert not missing, f"{page.name} names {missing}"


def test_the_readme_has_a_way_to_every_page() -> None:
    linked = set(re.findall(r"\]\(([^)#\s]+)", text("README.md")))
    others = {page.relative_to(ROOT).as_posix() for page in PAGES} - {"README.md"}
    assert others <= linked, f"README.md does not link {sorted(others - linked)}"


def test_the_licence_is_the_one_declared() -> None:
    words = " ".join(text("LICENSE").split())
    assert words.startswith("Apache License Version 2.0, January 2004") and "END OF TERMS AND CONDITIONS" in words
    assert 'license = "Apache-2.0"' in text("pyproject.toml")


def test_the_page_of_real_data_names_every_file_that_make_real_needs() -> None:
    for name in real.FILES:
        assert f"`{name}`" in text("docs/real-data.md"), f"docs/real-data.md lacks {name}"


# --- examples ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("page", ["docs/settings.md", "docs/sources.md"])
def test_examples_of_settings_are_accepted(page: str, tmp_path: Path) -> None:
    found = examples(page, "toml")
    assert found
    for number, example in enumerate(found):
        home = tmp_path / str(number)
        home.mkdir()
        (home / "energibok.toml").write_text(example, encoding="utf-8")
        load_settings(home)


def test_the_example_of_a_price_list_is_accepted() -> None:
    (example,) = examples("docs/tariffs.md", "toml price list")
    assert [one["component"] for one in read_price_list(example, "exempel.toml").components] == ["demand", "energy"]


def example_module(kind: str, folder: Path) -> ModuleType:
    """Return an example of CONTRIBUTING.md as the module it would be."""
    (source,) = examples("CONTRIBUTING.md", f"python {kind}")
    path = folder / f"example_{kind}.py"
    path.write_text(source, encoding="utf-8")
    spec = importlib.util.spec_from_file_location(f"example_{kind}", path)
    assert spec and spec.loader and ast.get_docstring(ast.parse(source))
    module = importlib.util.module_from_spec(spec)
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(__import__("sys").modules, spec.name, module)
        spec.loader.exec_module(module)
    return module


def test_the_example_of_a_source_reads(tmp_path: Path) -> None:
    module = example_module("source", tmp_path)
    source = Source(module.NAME, module.VERSION, "Exempel", module.detect, module.read, module.Options)
    data = b"EXAMPLE;kWh\n2024-01-01 00:00;1,5\n2024-01-01 01:00;x\nnever;2\n"
    assert source.detect(data, "x.csv") and not source.detect(b"Date;SEK", "x.csv")
    parsed = source.read(data, "x.csv", {"metering_point": "735"})
    assert parsed.tables["readings"].select("row_no", "metering_point", "value").rows() == [(2, "735", 1.5)]
    assert parsed.rejects.select("row_no", "rule").rows() == [(3, "not_a_number"), (4, "bad_time")]


def test_the_example_of_a_determinant_determines(tmp_path: Path) -> None:
    module = example_module("determinant", tmp_path)
    (row,) = examples("CONTRIBUTING.md", "python registry")
    found = eval(row, {"Determinant": Determinant, **vars(module)})
    first, end = date(2024, 1, 1), date(2024, 2, 1)
    metered = MeteredDays.of(load(first, end, by_day(first, end, 10.0, {date(2024, 1, 5): 20.0})))
    period = Period(metered, first, first, end, BillingContext(), {})
    assert found.find(period, found.settings()).quantity.tolist() == [30 * 60.0 + 120.0]
    assert found.find(Period(metered, first, first, date(2024, 2, 2), BillingContext(), {}), found.settings()).reason


def test_the_example_of_a_measure_finds_and_stays_silent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    module = example_module("measure", tmp_path)
    (values,) = examples("CONTRIBUTING.md", "toml assumptions")
    known = assumptions.table() | assumptions.parse(values)
    monkeypatch.setattr(assumptions, "table", lambda: known)
    power = np.full(HOURS, 50.0)
    power[::1000] = 150.0  # nine hours a year
    fee = '\n[[component]]\ncomponent = "demand"\nlabel = "Effekt"\ndeterminant = { method = "monthly_peak_hour" }\n'
    listed = price_list(
        "el", "electricity", ENERGY.format(price=0), fee + 'price = { unit = "SEK/kW,month", value = 50 }\n'
    )
    for series, kind in ((power, MeasureFinding), (np.full(HOURS, 50.0), Silent)):
        facility = Facility({POWER: Load(POWER, START, column(series))}, {POWER: "electricity"}, [listed])
        (result,) = module.assess(facility.context())
        assert isinstance(result, kind), result
        if isinstance(result, MeasureFinding):  # 100 kW less in each month that has such an hour
            assert result.saving_sek_per_year.value == pytest.approx(100 * 50 * result_months(), rel=1e-9)


def result_months() -> int:
    """Return how many months of 2023 hold an hour whose number from the start is a multiple of 1000."""
    local = START[::1000] + np.timedelta64(3600, "s")
    return len({str(month) for month in local.astype("datetime64[M]") if str(month).startswith("2023")})


def test_the_example_of_a_mart_runs() -> None:
    (query,) = examples("CONTRIBUTING.md", "sql mart")
    assert query.startswith("-- one row per ")
    with duckdb.connect() as connection:
        connection.execute("create schema marts")
        connection.execute("create table marts.monthly_cost (metering_point varchar, month date, amount_sek double)")
        connection.execute("insert into marts.monthly_cost values ('a', '2023-01-01', 1), ('a', '2023-02-01', 2)")
        assert connection.execute(query).fetchall() == [("a", 2023, 3.0)]


# --- the two ways of ARCHITECTURE.md -----------------------------------------------------------------------------


@cache
def demo_files() -> dict[str, bytes]:
    from energy.demo import files

    return files()


@pytest.mark.parametrize(
    ("file", "line"),
    [("fjarrvarme/syntetisk_fjarrvarme_2022.csv", 3098), ("fakturor/heat/syntetisk_FV20230061.xml", 123)],
)
def test_the_rows_of_the_architecture_are_in_the_demo(file: str, line: int) -> None:
    """The page follows one row and one invoice line: both are in the demo's files, where the page says."""
    page, data = text("ARCHITECTURE.md"), demo_files()[f"inbox/{file}"]
    assert f"inbox/{file}`, line {line}:" in page
    quoted = re.search(rf"inbox/{re.escape(file)}`, line {line}:\n\n((?:    .+\n)+)", page)
    assert quoted, file
    there = data.decode("utf-8-sig").splitlines()[line - 1 : line - 1 + quoted[1].count("\n")]
    assert [row.strip() for row in quoted[1].splitlines()] == [row.strip() for row in there]
    if file.endswith(".csv"):
        assert f"`{hashlib.sha256(data).hexdigest()[:8]}…`" in page


def test_the_power_of_the_architecture_is_what_the_bill_says() -> None:
    """The row's day, the billed power and the amount of January 2023, recomputed from the demo's file."""
    page = text("ARCHITECTURE.md")
    data = pl.read_csv(
        demo_files()["inbox/fjarrvarme/syntetisk_fjarrvarme_2022.csv"], separator=";", decimal_comma=True
    )
    days = data.group_by(pl.col("Tid").str.slice(0, 10)).agg(pl.col("Energi (MWh)").sum() * 1000 / 24)
    highest = days.sort("Energi (MWh)", descending=True).filter(pl.col("Tid") >= "2022-02").head(3)
    assert highest["Tid"][0] == "2022-05-10" and f"{highest['Energi (MWh)'][0]:.1f} kW" in page
    power = float(highest["Energi (MWh)"].mean())  # type: ignore[arg-type]
    assert f"{power:.3f} kW" in page
    assert f"{(17_600 + 1_341 * power) * 31 / 365:,.2f} SEK".replace(",", " ") in page.replace("\n", " ")
