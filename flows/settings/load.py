"""The settings of a home: energibok.toml plus ENERGIBOK_*, checked before anything runs. Not for prices (tariffs/)."""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Iterable, Iterator
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from energy import sources
from energy.errors import SettingsError, SourceError
from energy.model import QUANTITIES
from energy.swedish import sv_short
from flows.settings.model import (
    FAR,
    METER,
    PREFIX,
    SLUG,
    ContractTable,
    Event,
    Facility,
    Installation,
    MeteringPoint,
    Project,
    Settings,
    Source,
    instant_of,
)
from flows.settings.store import STORE_ROLES
from flows.settings.store_meters import wrong_meters

__all__ = [
    "SETTINGS_FILE",
    "ContractTable",
    "Event",
    "Facility",
    "Installation",
    "MeteringPoint",
    "Project",
    "Settings",
    "Source",
    "instant_of",
    "key_of",
    "load_settings",
]

SETTINGS_FILE = "energibok.toml"
OTHER_VARIABLES = {f"{PREFIX}HOME", f"{PREFIX}TEST_DATA"}  # read elsewhere, no settings
MAX_SHOWN = 80  # characters of a wrong value that a message shows
_PATTERNS = {
    SLUG: "1 till 61 tecken: små bokstäver a–z, siffror och bindestreck, bindestreck inte först",
    METER: "1 till 64 tecken: bokstäver a–z, siffror och . _ : -",
}
# how pydantic's type of error begins -> what is allowed; {} takes the limit from the error's context
_ALLOWED = {
    "int_": "ett heltal",
    "float_": "ett tal",
    "finite_number": "ett ändligt tal",
    "bool_": "true eller false",
    "string_too_short": "en text som inte är tom",
    "string_": "en text inom citattecken",
    "greater_than_equal": "minst {ge}",
    "greater_than": "större än {gt}",
    "less_than_equal": "högst {le}",
    "less_than": "mindre än {lt}",
    "too_short": "en lista med minst {min_length} värde",
    "too_long": "en lista med högst {max_length} värden",
    "list_": "en lista (en tabell skrivs [[namn]])",
    "dict_": "en tabell",
    "model_": "en tabell",
    "datetime_": "ett datum (2024-01-31) eller en tid (2024-01-31 08:00:00)",
    "date_": "ett datum, till exempel 2024-01-31",
    "time_": "ett klockslag, till exempel 08:00",
}


def load_settings(home: Path) -> Settings:
    """Return the checked settings of `home`.

    Raises SettingsError naming file (or environment variable), key, what was found and what is allowed;
    FileNotFoundError never.
    """
    path = home / SETTINGS_FILE
    if not path.is_file():
        raise SettingsError(
            f"{path}: filen finns inte. Skapa ett hem med «energibok init {home}» eller peka ut ett med --home."
        )
    data = _toml(path)
    unknown = list(_unknown_variables())
    if unknown:
        raise SettingsError("\n".join(unknown))
    try:
        settings = Settings(**data)
    except ValidationError as error:
        raise SettingsError("\n".join(dict.fromkeys(_explain(path, error)))) from error
    except Exception as error:  # pydantic-settings wraps bad JSON in ENERGIBOK_* in its own error
        raise SettingsError(_bad_json(error)) from error
    problems = list(_broken_references(path, settings))
    if problems:
        raise SettingsError("\n".join(problems))
    return settings


def _toml(path: Path) -> dict[str, Any]:
    """Return what the file says, a byte order mark left out; raise SettingsError where it is no TOML in UTF-8."""
    raw = path.read_bytes()
    try:
        return tomllib.loads(raw.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise SettingsError(
            f"{path}: filen är inte sparad som UTF-8 (rad {line}). Öppna den i en textredigerare, spara om den med "
            "teckenkodningen UTF-8 och kör «energibok doctor»."
        ) from error
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        twice = re.search("overwrite|twice|already", str(error))
        hint = "Nyckeln finns redan." if twice else "Texter ska stå inom citattecken, tabeller inom hakar."
        at = re.search(r"line (\d+), column (\d+)", str(error))
        where = f"rad {at[1]}, tecken {at[2]}" if at else "slutet av filen"
        raise SettingsError(
            f"{path}: filen är inte giltig TOML vid {where}. {hint} Rätta raden och kör «energibok doctor»."
        ) from error


def _unknown_variables() -> Iterator[str]:
    """Yield one line per ENERGIBOK_* in the environment that is no setting."""
    known = {f"{PREFIX}{name.upper()}" for name in Settings.model_fields}
    for variable in sorted(os.environ):
        name = variable.upper()
        if name.startswith(PREFIX) and name.split("__")[0] not in known | OTHER_VARIABLES:
            allowed = ", ".join(sorted(known | OTHER_VARIABLES))
            near = get_close_matches(name, known, n=1)
            hint = f" Menade du «{near[0]}»?" if near else ""
            yield f"miljövariabel {variable} är okänd.{hint} Kända: {allowed}."


def _bad_json(error: Exception) -> str:
    field = re.search(r'field "(\w+)"', str(error))
    name = f"{PREFIX}{field[1].upper()}" if field else f"{PREFIX}*"
    return f"miljövariabel {name}: värdet är inte giltig JSON. Skriv en lista av tabeller, eller ange dem i filen."


def _explain(path: Path, error: ValidationError) -> Iterator[str]:
    """Yield one line per problem: file or variable, key, what was found, what is allowed."""
    for problem in error.errors():
        key = key_of(problem["loc"])
        where = _variable(problem["loc"]) or str(path)
        if problem["type"] == "missing":
            yield f"{where}: nyckel «{key}» saknas. Den måste anges."
            continue
        allowed = _allowed(dict(problem))
        if problem["type"] == "extra_forbidden":
            allowed = f"nycklarna {', '.join(_keys_at(problem['loc']))}"
        found = "en tabell" if isinstance(problem["input"], dict) else repr(problem["input"])
        shown = found if len(found) <= MAX_SHOWN else f"{found[:MAX_SHOWN]}…"
        end = "" if allowed.endswith("?") else "."
        yield f"{where}: nyckel «{key}»: fann {shown}. Tillåtet: {allowed}{end}"


def key_of(location: Iterable[int | str]) -> str:
    """Return the key as messages show it, tables counted from 1: ``metering_point[2].carrier``."""
    text = ""
    for part in location:
        if isinstance(part, int):
            text += f"[{part + 1}]"
        elif part not in ("date", "datetime"):  # the branch of «date or time» that was tried, no key
            text += f".{part}" if text else part
    return text


def _variable(location: tuple[int | str, ...]) -> str | None:
    """Return "miljövariabel ENERGIBOK_X" where the environment gave the value: it wins over the file."""
    if not location or location[0] not in Settings.model_fields:
        return None
    name = f"{PREFIX}{location[0]}".upper()
    given = next((v for v in os.environ if v.upper() == name or v.upper().startswith(f"{name}__")), None)
    return f"miljövariabel {given}" if given else None


def _allowed(problem: dict[str, Any]) -> str:
    """Return what is allowed, in Swedish."""
    kind, context = problem["type"], problem.get("ctx", {})
    if kind == "literal_error":
        words = re.findall(r"'([^']*)'", context["expected"])
        near = get_close_matches(str(problem["input"]), words, n=1)
        return ", ".join(words) + (f". Menade du «{near[0]}»?" if near else "")
    if kind == "value_error":
        return str(context["error"])
    if kind == "string_pattern_mismatch":
        return _PATTERNS.get(context["pattern"], f"en text på formen {context['pattern']}")
    text = next((words for start, words in _ALLOWED.items() if kind.startswith(start)), None)
    return text.format_map(context) if text else "ett värde av annat slag (se docs/settings.md)"


def _keys_at(location: tuple[int | str, ...]) -> list[str]:
    """Return the keys that are allowed in the table where a wrong key stood."""
    model: type[BaseModel] = Settings
    for part in location[:-1]:
        if isinstance(part, int):
            continue
        field = model.model_fields.get(part)
        inner = list(_classes(field.annotation)) if field else []
        if not inner:
            return []
        model = inner[0]
    return sorted(field.alias or name for name, field in model.model_fields.items())


def _classes(annotation: Any) -> Iterator[type[BaseModel]]:
    """Yield the models named in an annotation such as list[Facility]."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for inner in getattr(annotation, "__args__", ()):
        yield from _classes(inner)


def _broken_references(path: Path, settings: Settings) -> Iterator[str]:
    """Yield one line per name that points at nothing, and per id given twice."""
    facilities = {f.id for f in settings.facility}
    points = {m.id for m in settings.metering_point}
    bearers = {b.id for b in settings.cost_bearer}

    def check(key: str, found: str | None, known: set[str], what: str) -> Iterator[str]:
        if found is not None and found not in known:
            allowed = f"{what}: {', '.join(sorted(known)) or 'inga är angivna'}"
            yield str(SettingsError.from_key(str(path), key, found, allowed))

    for key, ids in (
        ("facility", [f.id for f in settings.facility]),
        ("metering_point", [m.id for m in settings.metering_point]),
        ("cost_bearer", [b.id for b in settings.cost_bearer]),
        ("project", [p.id for p in settings.project]),
    ):
        for twice in sorted({i for i in ids if ids.count(i) > 1}):
            yield str(SettingsError.from_key(str(path), f"{key}.id", twice, "varje id får anges en gång"))
    for n, point in enumerate(settings.metering_point):
        yield from check(f"metering_point[{n + 1}].facility", point.facility, facilities, "en anläggning")
        yield from check(f"metering_point[{n + 1}].parent", point.parent, points - {point.id}, "en annan mätpunkt")
    for n, facility in enumerate(settings.facility):
        yield from check(f"facility[{n + 1}].cost_bearer", facility.cost_bearer, bearers, "en kostnadsbärare")
    for n, contract in enumerate(settings.contract):
        yield from check(f"contract[{n + 1}].metering_point", contract.metering_point, points, "en mätpunkt")
    for n, project in enumerate(settings.project):
        yield from check(f"project[{n + 1}].facility", project.facility, facilities, "en anläggning")
        for meter in (*project.boundary_meters, *project.own_meters):
            yield from check(f"project[{n + 1}].boundary_meters", meter, points, "en mätpunkt")
        for driver in project.drivers:
            known = {point.id for point in settings.point} | {"bookings"}
            yield from check(f"project[{n + 1}].drivers", driver, known, "en punkt ([[point]]) eller bookings")
        for m, paid in enumerate(project.investment, start=1):
            key = f"project[{n + 1}].investment[{m}].cost_bearer"
            yield from check(key, paid.cost_bearer, bearers, "en kostnadsbärare")
    yield from _facility_rows(settings, facilities, check)
    yield from _books(path, settings, check)
    yield from _installations(path, settings, points, check)
    yield from _points(path, settings, facilities, points, check)
    yield from _stores(path, settings, facilities, points, check)
    yield from _source_rules(path, settings)


def _facility_rows(settings: Settings, facilities: set[str], check: Any) -> Iterator[str]:
    """Yield the broken facility names of opening hours and events."""
    tables: Iterable[tuple[str, list[Any]]] = (("opening_hours", settings.opening_hours), ("event", settings.event))
    for key, rows in tables:
        for n, row in enumerate(rows):
            yield from check(f"{key}[{n + 1}].facility", row.facility, facilities, "en anläggning")


def _books(path: Path, settings: Settings, check: Any) -> Iterator[str]:
    """Yield what is wrong with accounts, keys of allocation and factors: unknown names, days that clash."""
    points = {m.id for m in settings.metering_point}
    bearers = {b.id for b in settings.cost_bearer}
    facilities = {f.id for f in settings.facility}
    for n, contract in enumerate(settings.contract, start=1):
        yield from check(f"contract[{n}].cost_bearer", contract.cost_bearer, bearers, "en kostnadsbärare")
    for n, account in enumerate(settings.account, start=1):
        yield from check(f"account[{n}].facility", account.facility, facilities, "en anläggning")
        yield from check(f"account[{n}].metering_point", account.metering_point, points, "en mätpunkt")
    for n, key in enumerate(settings.allocation, start=1):
        yield from check(f"allocation[{n}].metering_point", key.metering_point, points, "en mätpunkt")
        yield from check(f"allocation[{n}].submeter", key.submeter, points, "en mätpunkt")
        yield from check(f"allocation[{n}].cost_bearer", key.cost_bearer, bearers, "en kostnadsbärare")
    yield from _shares(path, settings)
    yield from _factors(path, settings)


def _shares(path: Path, settings: Settings) -> Iterator[str]:
    """Yield the metering points and days whose keys do not share the whole cost, once."""
    for point in dict.fromkeys(key.metering_point for key in settings.allocation):
        mine = [key for key in settings.allocation if key.metering_point == point]
        for day in sorted({key.valid_from for key in mine} | {key.valid_to for key in mine if key.valid_to < FAR}):
            held = [key for key in mine if key.valid_from <= day < key.valid_to]
            fixed, rests = sum(key.share or 0 for key in held), sum(key.rest for key in held)
            measured = any(key.submeter for key in held)
            whole = rests == 1 if measured else rests <= 1 and (rests == 1 or abs(fixed - 1) < 1e-9)
            if held and not (whole and fixed <= 1 + 1e-9):
                found = f"{point} {day}: andelar {sv_short(fixed)}, {rests} som tar resten"
                allowed = "andelar som tillsammans är 1, eller en bärare med rest = true (krävs med submeter)"
                yield str(SettingsError.from_key(str(path), "allocation", found, allowed))


def _factors(path: Path, settings: Settings) -> Iterator[str]:
    """Yield the factors whose days are in disorder or overlap another of the same method."""
    for n, one in enumerate(settings.emission_factor, start=1):
        others = settings.emission_factor[: n - 1]
        clash = [o for o in others if (o.carrier, o.method) == (one.carrier, one.method)
                 and o.valid_from < one.valid_to and one.valid_from < o.valid_to]  # fmt: skip
        if one.valid_to <= one.valid_from or clash:
            found = f"{one.valid_from} till {one.valid_to}"
            allowed = "en dag efter valid_from, och bara en faktor per energislag, metod och dag"
            yield str(SettingsError.from_key(str(path), f"emission_factor[{n}].valid_to", found, allowed))


def _installations(path: Path, settings: Settings, points: set[str], check: Any) -> Iterator[str]:
    """Yield what is wrong with the meters: an unknown point or quantity, two at one point at the same time."""
    before: dict[tuple[str, str], tuple[int, Installation]] = {}
    in_order = sorted(enumerate(settings.installation, start=1), key=lambda one: instant_of(one[1].mounted))
    for n, meter in in_order:
        yield from check(f"installation[{n}].metering_point", meter.metering_point, points, "en mätpunkt")
        yield from check(f"installation[{n}].quantity", meter.quantity, set(QUANTITIES), "en storhet")
        at = (meter.metering_point, meter.quantity)
        if at in before and instant_of(before[at][1].removed) > instant_of(meter.mounted):
            allowed = f"en tid då installation[{before[at][0]}] är nertagen (dess to = {before[at][1].removed})"
            yield str(SettingsError.from_key(str(path), f"installation[{n}].from", str(meter.mounted), allowed))
        before[at] = (n, meter)


def _points(path: Path, settings: Settings, facilities: set[str], meters: set[str], check: Any) -> Iterator[str]:
    """Yield what is wrong with the points: an unknown facility or metering point, an id given twice."""
    ids = [point.id for point in settings.point]
    for twice in sorted({i for i in ids if ids.count(i) > 1}):
        yield str(SettingsError.from_key(str(path), "point.id", twice, "varje id får anges en gång"))
    for n, point in enumerate(settings.point, start=1):
        yield from check(f"point[{n}].facility", point.facility, facilities, "en anläggning")
        yield from check(f"point[{n}].metering_point", point.metering_point, meters, "en mätpunkt")


def _source_rules(path: Path, settings: Settings) -> Iterator[str]:
    """Yield what is wrong with the rules for files: an unknown format, or options its reader does not know."""
    names = [source.name for source in sources.SOURCES]
    for n, rule in enumerate(settings.source, start=1):
        if rule.format not in names:
            near = get_close_matches(rule.format, names, n=1)
            hint = f". Menade du «{near[0]}»?" if near else ""
            yield f"{path}: nyckel «source[{n}].format»: fann {rule.format!r}. Tillåtet: {', '.join(names)}{hint}"
            continue
        try:
            sources.by_name(rule.format).check(rule.options, f"{path}: nyckel «source[{n}].options»")
        except SourceError as error:
            yield str(error)


def _stores(path: Path, settings: Settings, facilities: set[str], meters: set[str], check: Any) -> Iterator[str]:
    """Yield what is wrong with the stores: unknown facility, meters or points, an id or a meter given twice."""
    points = {point.id for point in settings.point}
    ids = [store.id for store in settings.store]
    for twice in sorted({i for i in ids if ids.count(i) > 1}):
        yield str(SettingsError.from_key(str(path), "store.id", twice, "varje id får anges en gång"))
    for n, store in enumerate(settings.store, start=1):
        yield from check(f"store[{n}].facility", store.facility, facilities, "en anläggning")
        yield from check(f"store[{n}].displaces", store.displaces, meters, "en mätpunkt")
        for key in STORE_ROLES:
            for meter in getattr(store, key):
                yield from check(f"store[{n}].{key}", meter, meters, "en mätpunkt")
        for key in ("temperature_points", "supply_points", "source_points"):
            for point in getattr(store, key):
                yield from check(f"store[{n}].{key}", point, points, "en punkt ([[point]])")
    for key, found, allowed in wrong_meters(settings):
        yield str(SettingsError.from_key(str(path), key, found, allowed))
