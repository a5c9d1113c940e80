"""Write the pages of docs/ that the program itself knows: commands, sources, tariffs, measures, marts, settings.

Run `make docs` (python -m docs.generate) after a change of a registry; tests/test_docs.py fails where a page is old.
Nothing is told here that a registry, a docstring or a data file does not say.
"""

from __future__ import annotations

import argparse
import inspect
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import MISSING, fields
from pathlib import Path
from typing import Any

from dashboards import schema
from docs import fragments
from energy.measures import MEASURES
from energy.measures.assumptions import SHARED, Assumption
from energy.measures.assumptions import table as assumptions
from energy.measures.registered import REGISTERED
from energy.model import PriceList
from energy.sources import SOURCES
from energy.tariffs.determinants import CONTRACT_MAY_SET, DETERMINANTS
from energy.tariffs.powers import STATED
from energy.tariffs.pricelist import known_options
from energy.tariffs.prices import PRICE_UNITS
from energy.tariffs.published import published_price_lists
from energy.tariffs.tax import energy_tax
from flows import cli
from flows.settings.load import Settings

ROOT = Path(__file__).resolve().parent.parent
HEAD = "<!-- Written by `make docs` from {origin}. Change that, not this page. -->\n\n# {title}\n\n{intro}\n"


def table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Return a Markdown table; bars and line breaks in cells are made harmless."""
    lines = [head, ["---"] * len(head), *rows]
    return "".join("| " + " | ".join(_cell(c) for c in line) + " |\n" for line in lines)


def _cell(value: object) -> str:
    return re.sub(r"\s+", " ", str(value)).strip().replace("|", "\\|")


def _code(value: object) -> str:
    return f"`{value}`"


def _doc(thing: Any) -> str:
    text = inspect.cleandoc(thing.__doc__ or "")
    return re.sub(r"^(\w+)\n-{3,}\n", r"**\1.** ", text, flags=re.MULTILINE)


def _page(title: str, origin: str, intro: str, parts: Iterable[str]) -> str:
    return HEAD.format(title=title, origin=origin, intro=intro) + "".join(f"\n{part.strip()}\n" for part in parts)


# --- commands ----------------------------------------------------------------------------------------------------


def commands() -> str:
    """Return the page of the command line, from `flows.cli.COMMANDS` and its parser."""
    chosen = next(a for a in cli.parser()._actions if isinstance(a, argparse._SubParsersAction))
    subs: Mapping[str, argparse.ArgumentParser] = chosen.choices
    rows = [(f"[{_code(name)}](#{name})", text) for name, (_, text, _) in cli.COMMANDS.items()]
    parts = [table(("command", "what it does"), rows), fragments.EXIT_STATUS]
    for name, (_, text, example) in cli.COMMANDS.items():
        parts.append(f"## {name}\n\n{text[:1].upper()}{text[1:]}.\n\n    energibok {example}\n")
        arguments = [a for a in subs[name]._actions if a.dest not in ("help", "home", "json")]
        if arguments:
            parts.append(table(("argument", "meaning"), [(_code(_argument(a)), a.help or "") for a in arguments]))
    return _page("The command line", "flows/cli.py", fragments.COMMANDS, parts)


def _argument(action: argparse.Action) -> str:
    """Return an argument as it is typed, for example ``--month ÅÅÅÅ-MM``."""
    value = action.metavar if isinstance(action.metavar, str) else action.dest.upper()
    if not action.option_strings:
        return f"[{value} …]" if action.nargs == "*" else value
    typed = action.option_strings[-1] + ("" if action.nargs == 0 else f" {value}")
    return typed if action.required else f"[{typed}]"


# --- sources -----------------------------------------------------------------------------------------------------


def sources() -> str:
    """Return the page of the file formats, from SOURCES and the Options of each reader."""
    rows = [
        (f"[{_code(s.name)}](#{s.name})", s.title_sv, s.version, "rule" if s.name == "delimited" else "by content")
        for s in SOURCES
    ]
    parts = [table(("format", "what it reads", "version", "recognised"), rows), fragments.SOURCE_RULE]
    for source in SOURCES:
        module = inspect.getmodule(source.read)
        parts.append(f"## {source.name}\n\n{_doc(module)}\n")
        known = source.options
        if known is None or not fields(known):
            parts.append("It has no settings.\n")
            continue
        notes = _comments(known)
        options = [(_code(f.name), _code(f.type), _default(f), notes.get(f.name, "")) for f in fields(known)]
        parts.append(table(("setting", "type", "default", "note"), options))
    return _page("Sources: the files Energibok reads", "energy/sources/", fragments.SOURCES, parts)


def _default(field: Any) -> str:
    made = field.default_factory() if field.default_factory is not MISSING else field.default
    if isinstance(made, Mapping):
        return ", ".join(f"{k} → {v}" for k, v in made.items()) or "none"
    if isinstance(made, tuple):
        return ", ".join(f"«{v}»" if isinstance(v, str) else str(v) for v in made) or "none"
    return "none" if made in (None, "") else _code(made)


def _comments(kind: type[Any]) -> dict[str, str]:
    """Return field -> the comment behind it in the source text of a dataclass."""
    found = re.findall(r"^    (\w+): .*?  # (.+)$", inspect.getsource(kind), flags=re.MULTILINE)
    return dict(found)


# --- tariffs -----------------------------------------------------------------------------------------------------


def tariffs() -> str:
    """Return the page of price lists, from DETERMINANTS, the price units, the published lists and the tax table."""
    methods = [(_code(d.name), _code(d.billed), d.unit, d.sentence) for d in DETERMINANTS.values()]
    parameters = [
        (_code(d.name), _code(name), "yes" if field.is_required() else "", d.parameters()[name])
        for d in DETERMINANTS.values()
        for name, field in d.settings.model_fields.items()
    ]
    units = [(_code(name), u.priced_per, u.time if u.time != "none" else "") for name, u in PRICE_UNITS.items()]
    lists = [
        (_code(p.id), _code(p.family), p.name, f"{p.valid_from} – {p.valid_to}", _own_options(p), p.source)
        for p in published_price_lists()
    ]
    tax = [(r.valid_from, f"{r.ore_per_kwh:g}", r.collected_by, r.source) for r in energy_tax().rate]
    options = ", ".join(map(_code, (*CONTRACT_MAY_SET, STATED)))
    parts = [
        fragments.PRICE_LIST,
        "## Determinants\n",
        table(("method", "on the bill", "unit", "what it does"), methods),
        "### Their parameters\n",
        table(("method", "parameter", "required", "meaning"), parameters),
        f"A contract's `options` may also set {options}: how gaps and a short history are met, never a price.\n",
        "## Price units\n",
        table(("unit", "times", "per"), units),
        "## Published lists in the package\n",
        table(("id", "family", "name", "valid", "options of the contract", "source"), lists),
        "## Energy tax on electricity\n",
        f"Öre per kWh excluding VAT, {energy_tax().zone}; the table ends at {energy_tax().valid_to}.\n",
        table(("from", "öre/kWh", "on the invoice of", "source"), tax),
    ]
    return _page("Price lists", "energy/tariffs/", fragments.TARIFFS, parts)


def _own_options(price_list: PriceList) -> str:
    """Return the options a contract may or must give for this list, those of every list left out."""
    return ", ".join(_code(name) for name in sorted(known_options(price_list) - {*CONTRACT_MAY_SET, STATED}))


# --- measures ----------------------------------------------------------------------------------------------------


def measures() -> str:
    """Return the page of the measures, from MEASURES and assumptions.toml."""
    heads = ("rule", "code", "finds", "cost class", "difficulty", "who can act")
    listed = [
        (f"[{_code(m.id)}](#{m.id})", m.about.code, m.title, m.about.cost_class, m.about.difficulty, m.about.actor)
        for m in MEASURES
    ]
    found = [
        (_code(m.id), m.about.code, m.title, m.about.cost_class, m.about.actor, m.about.verification)
        for m in REGISTERED
    ]
    heads_found = ("rule of the audit or check", "code", "finds", "cost class", "who can act", "verified by")
    parts = [table(heads, listed), f"## Registered findings\n\n{fragments.REGISTERED}\n", table(heads_found, found)]
    for rule in MEASURES:
        text, about = _doc(inspect.getmodule(rule.assess)), rule.about
        said = (("needs", about.needs), ("verified by", about.verification), ("reference", about.reference))
        parts += [
            f"## {rule.id}\n\n**{rule.title}** ({about.code}). {text}\n",
            "\n".join(f"- {word}: {what}" for word, what in said) + "\n",
            _assumed(assumptions().get(rule.id, {})),
        ]
    for name, what in SHARED.items():
        parts += [f"## Assumptions of {what}\n", _assumed(assumptions()[name])]
    return _page("Measures", "energy/measures/", fragments.MEASURES, parts)


def _assumed(entries: Mapping[str, Assumption]) -> str:
    rows = [
        (_code(name), f"{a.low:g}" if a.low != a.central else "", f"{a.central:g}",
         f"{a.high:g}" if a.high != a.central else "", a.unit, a.set_on, a.source)
        for name, a in entries.items()
    ]  # fmt: skip
    head = ("assumption", "low", "central", "high", "unit", "set", "source")
    return table(head, rows) if rows else "No assumptions of its own.\n"


# --- marts -------------------------------------------------------------------------------------------------------


def marts() -> str:
    """Return the page of the marts, from `dashboards.schema` and the first comment lines of sql/marts/*.sql."""
    files = {path.stem: path.read_text(encoding="utf-8") for path in sorted((ROOT / "sql" / "marts").glob("*.sql"))}
    names = [name for name in schema.MARTS if name in files]
    names += [name for name in files if name not in schema.MARTS]
    shown = [(f"[{_code(n)}](#{n})", schema.TITLES.get(n, "in the store only"), _grain(files[n])) for n in names]
    parts = [table(("mart", "shown as", "grain"), shown)]
    for name in names:
        parts.append(f"## {name}\n\n{_grain(files[name])}\n")
        columns = schema.MARTS.get(name)
        rows = [(_code(c), k.heading, k.unit, k.kind) for c, k in columns.items()] if columns else []
        parts.append(table(("column", "heading", "unit", "kind"), rows) if rows else "Not shown on the pages.\n")
    return _page("Marts: the tables everything shown is read from", "dashboards/schema.py and sql/marts/",
                 fragments.MARTS, parts)  # fmt: skip


def _grain(text: str) -> str:
    """Return the comment a SQL file begins with, as one sentence."""
    lines = []
    for line in text.splitlines():
        if not line.startswith("--"):
            break
        lines.append(line.removeprefix("--").strip())
    joined = "; ".join(lines)
    return joined[:1].upper() + joined[1:] + "."


# --- settings ----------------------------------------------------------------------------------------------------


def settings() -> str:
    """Return the page of energibok.toml, from the pydantic models of `flows.settings.load`."""
    found = Settings.model_json_schema()
    tables = {key: one["items"]["$ref"].rsplit("/", 1)[1] for key, one in found["properties"].items() if _is_table(one)}
    single = {key: one["$ref"].rsplit("/", 1)[1] for key, one in found["properties"].items() if "$ref" in one}
    own = {key: one for key, one in found["properties"].items() if key not in tables | single}
    parts = [fragments.SETTINGS_EXAMPLE, "## The head of the file\n", _keys(own, ())]
    for key, name in tables.items():
        model = found["$defs"][name]
        parts += [f"## [[{key}]]\n\n{model['description']}\n", _keys(model["properties"], model.get("required", ()))]
        for inner, one in model["properties"].items():
            if _is_table(one):
                parts += _inner(found["$defs"], f"[[{key}.{inner}]]", one["items"])
            elif given := next((each for each in one.get("anyOf", ()) if "$ref" in each), None):
                parts += _inner(found["$defs"], f"[{key}.{inner}]", given)
    for key, name in single.items():
        model = found["$defs"][name]
        parts += [f"## [{key}]\n\n{model['description']}\n", _keys(model["properties"], ())]
    return _page("Settings: energibok.toml", "flows/settings/load.py", fragments.SETTINGS, parts)


def _inner(known: Mapping[str, Any], head: str, one: Mapping[str, Any]) -> list[str]:
    """Return the part of a table within a table."""
    child = known[one["$ref"].rsplit("/", 1)[1]]
    return [f"### {head}\n\n{child['description']}\n", _keys(child["properties"], child.get("required", ()))]


def _is_table(one: Mapping[str, Any]) -> bool:
    return "$ref" in one.get("items", {})


def _keys(properties: Mapping[str, Any], required: Sequence[str]) -> str:
    rows = [
        (_code(key), _kind(one), "required" if key in required else _given(one), one.get("description", ""))
        for key, one in properties.items()
    ]
    return table(("key", "value", "default", "meaning"), rows)


def _given(one: Mapping[str, Any]) -> str:
    value = one.get("default")
    return "none" if value in (None, [], {}, "") else _code(str(value).lower() if isinstance(value, bool) else value)


_TYPES = {"string": "text", "number": "number", "integer": "whole number", "boolean": "true or false",
          "object": "table", "array": "list"}  # fmt: skip
_LIMITS: Mapping[str, str] = {
    "exclusiveMinimum": "above {}", "minimum": "from {}", "maximum": "to {}", "pattern": "matching `{}`",
    "minItems": "at least {}",
}  # fmt: skip


def _kind(one: Mapping[str, Any]) -> str:
    """Return the type of a JSON schema property in words, with its limits."""
    if "anyOf" in one:
        return " or ".join(_kind(each) for each in one["anyOf"] if each.get("type") != "null")
    if "$ref" in one:
        return "a table, see below"
    if "enum" in one:
        return ", ".join(_code(each) for each in one["enum"])
    if _is_table(one):
        return "tables, see below"
    words = one.get("format", "").replace("date-time", "day and time") or _TYPES[one["type"]]
    words += f" of {_kind(one['items'])}" if "items" in one else ""
    return ", ".join([words, *(text.format(one[key]) for key, text in _LIMITS.items() if key in one)])


PAGES: Mapping[str, Callable[[], str]] = {
    "commands.md": commands,
    "sources.md": sources,
    "tariffs.md": tariffs,
    "measures.md": measures,
    "marts.md": marts,
    "settings.md": settings,
}


def main(folder: Path = ROOT / "docs") -> int:
    """Write every generated page into a folder and say which ones changed."""
    for name, page in PAGES.items():
        path, text = folder / name, page()
        if not path.is_file() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")
            print(f"{folder.name}/{name} written")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
