"""The settings of a home: energibok.toml plus ENERGIBOK_*, checked before anything runs. Not for prices (tariffs/)."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator
from datetime import date, datetime, time
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from energy import sources
from energy.errors import SettingsError, SourceError

SETTINGS_FILE = "energibok.toml"
Slug = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,60}$")]
Carrier = Literal["district_heating", "electricity", "rejected_heat", "store_heat", "other"]
FAR = date(2100, 1, 1)


class Table(BaseModel):
    """A table of energibok.toml: unknown keys are errors, values do not change after reading."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Facility(Table):
    """One facility: a set of buildings that are used and followed up together."""

    id: Slug
    name: str
    area_m2: float | None = Field(None, gt=0)
    weather_station: str = Field(description="station number, e.g. 98040 for Berga")
    cost_bearer: str | None = None
    cost_centre: str | None = None


class MeteringPoint(Table):
    """One metering point. `parent` is the metering point that also measures this one's energy (a submeter's main)."""

    id: str = Field(pattern=r"^[A-Za-z0-9._:-]{1,64}$")
    facility: str
    name: str
    carrier: Carrier
    parent: str | None = None


class Source(Table):
    """A rule for files in the inbox: which files (`match`), in which format, read how."""

    name: Slug
    match: str = Field(description="glob under inbox/, e.g. fjarrvarme/*.csv")
    format: str = Field(description="the name of a source: docs/sources.md lists them")
    options: dict[str, Any] = Field({}, description="the reader's own settings: see docs/sources.md")


class ContractTable(Table):
    """Who prices a metering point, and when. `family` names the price lists in tariffs/."""

    metering_point: str
    kind: Literal["heat", "grid", "retail"]
    family: str
    valid_from: date
    valid_to: date = FAR
    supplier_id: str | None = Field(None, description="organisation number on the supplier's invoices")
    options: dict[str, Any] = Field({}, description="the contract's own choices, e.g. subscribed_kw: docs/tariffs.md")
    system_return_c: dict[str, float] = Field(
        {}, description="month (YYYY-MM) -> the network's mean return temperature [°C], as the supplier publishes it"
    )

    @field_validator("system_return_c")
    @classmethod
    def _months(cls, found: dict[str, float]) -> dict[str, float]:
        for month in found:
            if not re.fullmatch(r"\d{4}-(0[1-9]|1[0-2])", month):
                raise ValueError("månader skrivna ÅÅÅÅ-MM")
        return found


class Investment(Table):
    """What one cost bearer paid for the project."""

    cost_bearer: str
    amount_sek: float
    year: int = Field(ge=1990, le=2100)
    lifetime_years: int = Field(20, ge=1, le=100)


class Project(Table):
    """An energy project with its plan for measurement and verification (IPMVP Core Concepts 2022)."""

    id: Slug
    name: str
    facility: str
    ipmvp_option: Literal["A", "B", "C", "D"] = "C"
    boundary_meters: list[str] = Field(min_length=1)
    own_meters: list[str] = Field(
        [], description="the project's own meters; one that is in the boundary is valued at its main meter's margin"
    )
    baseline_from: date
    baseline_to: date
    reporting_from: date
    reporting_to: date = FAR
    static_factors: list[str] = []
    price_basis: Literal["reporting_period"] = "reporting_period"
    investment: list[Investment] = []
    placebo: bool = Field(False, description="no project took place: the result tests the method")

    @model_validator(mode="after")
    def _periods_in_order(self) -> Self:
        if not self.baseline_from < self.baseline_to <= self.reporting_from < self.reporting_to:
            raise ValueError("perioderna måste följa på varandra: baseline_from < baseline_to <= reporting_from")
        return self


class CostBearer(Table):
    """Who pays: a board, a company, a school."""

    id: Slug
    name: str
    vat_recoverable: bool = True


class OpeningHours(Table):
    """Weekly opening hours in civil time."""

    facility: str
    days: list[Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]]
    opens: time
    closes: time
    valid_from: date = date(2000, 1, 1)
    valid_to: date = FAR


class Event(Table):
    """A row of the event ledger. Only a row with a treatment changes a figure; who decided is on it."""

    facility: str
    kind: Literal["ice_season", "open", "closed", "non_routine", "project", "note"]
    start: datetime | date
    end: datetime | date
    carrier: str | None = None
    treatment: Literal["exclude", "indicator"] | None = None
    reason: str
    decided_by: str | None = None


class Settings(BaseSettings):
    """Everything energibok.toml may say. Keys are the names of the field's own tables."""

    model_config = SettingsConfigDict(
        extra="forbid",
        frozen=True,
        env_prefix="ENERGIBOK_",
        env_nested_delimiter="__",
        nested_model_default_partial_update=True,
    )

    organisation: str = ""
    language: Literal["sv", "en"] = "sv"
    amount_unit: Literal["SEK", "tkr", "kkr"] = "tkr"
    synthetic: bool = Field(False, description="marks every page: the facility is made up")
    spot_area: Literal["SE1", "SE2", "SE3", "SE4"] = "SE3"
    draws: int = Field(200, ge=50, le=2000, description="bootstrap draws of each band")
    seed: int = 1
    facility: list[Facility] = []
    metering_point: list[MeteringPoint] = []
    source: list[Source] = []
    contract: list[ContractTable] = []
    project: list[Project] = []
    cost_bearer: list[CostBearer] = []
    opening_hours: list[OpeningHours] = []
    event: list[Event] = []

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Return the order of precedence: environment over file."""
        return env_settings, init_settings

    def facility_of(self, metering_point: str) -> str | None:
        """Return the facility id of a metering point, or None where it is unknown."""
        return next((m.facility for m in self.metering_point if m.id == metering_point), None)


def load_settings(home: Path) -> Settings:
    """Return the checked settings of `home`.

    Raises SettingsError naming file, key, what was found and what is allowed; FileNotFoundError never.
    """
    path = home / SETTINGS_FILE
    if not path.is_file():
        raise SettingsError(
            f"{path}: filen finns inte. Skapa ett hem med «energibok init {home}» eller peka ut ett med --home."
        )
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(
            f"{path}: filen är inte giltig TOML: {error}. Rätta raden och kör «energibok doctor»."
        ) from error
    try:
        settings = Settings(**data)
    except ValidationError as error:
        raise SettingsError("\n".join(_explain(path, error))) from error
    except Exception as error:  # pydantic-settings wraps bad JSON in ENERGIBOK_* in its own error
        raise SettingsError(f"miljövariabel ENERGIBOK_*: {error}") from error
    problems = list(_broken_references(path, settings))
    if problems:
        raise SettingsError("\n".join(problems))
    return settings


def _explain(path: Path, error: ValidationError) -> Iterator[str]:
    """Yield one line per problem: file, key, what was found, what is allowed."""
    for problem in error.errors():
        key = ".".join(str(part) for part in problem["loc"])
        context = problem.get("ctx", {})
        if problem["type"] == "extra_forbidden":
            allowed = ", ".join(_keys_at(problem["loc"])) or "inga fler nycklar här"
            yield str(SettingsError.from_key(str(path), key, problem["input"], f"nycklarna {allowed}"))
        elif problem["type"] == "missing":
            yield str(SettingsError.from_key(str(path), key, None, "ett värde måste anges"))
        else:
            allowed = str(context.get("expected") or context.get("error") or problem["msg"])
            yield str(SettingsError.from_key(str(path), key, problem["input"], allowed))


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
    return sorted(model.model_fields)


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
    ):
        for twice in sorted({i for i in ids if ids.count(i) > 1}):
            yield str(SettingsError.from_key(str(path), f"{key}.id", twice, "varje id får anges en gång"))
    for n, point in enumerate(settings.metering_point):
        yield from check(f"metering_point.{n}.facility", point.facility, facilities, "en anläggning")
        yield from check(f"metering_point.{n}.parent", point.parent, points - {point.id}, "en annan mätpunkt")
    for n, facility in enumerate(settings.facility):
        yield from check(f"facility.{n}.cost_bearer", facility.cost_bearer, bearers, "en kostnadsbärare")
    for n, contract in enumerate(settings.contract):
        yield from check(f"contract.{n}.metering_point", contract.metering_point, points, "en mätpunkt")
    for n, project in enumerate(settings.project):
        yield from check(f"project.{n}.facility", project.facility, facilities, "en anläggning")
        for meter in (*project.boundary_meters, *project.own_meters):
            yield from check(f"project.{n}.boundary_meters", meter, points, "en mätpunkt")
        for paid in project.investment:
            yield from check(f"project.{n}.investment.cost_bearer", paid.cost_bearer, bearers, "en kostnadsbärare")
    yield from _facility_rows(settings, facilities, check)
    yield from _source_rules(path, settings)


def _facility_rows(settings: Settings, facilities: set[str], check: Any) -> Iterator[str]:
    """Yield the broken facility names of opening hours and events."""
    tables: Iterable[tuple[str, list[Any]]] = (("opening_hours", settings.opening_hours), ("event", settings.event))
    for key, rows in tables:
        for n, row in enumerate(rows):
            yield from check(f"{key}.{n}.facility", row.facility, facilities, "en anläggning")


def _source_rules(path: Path, settings: Settings) -> Iterator[str]:
    """Yield what is wrong with the rules for files: an unknown format, or options its reader does not know."""
    for n, rule in enumerate(settings.source):
        try:
            sources.by_name(rule.format).check(rule.options, f"{path}: nyckel «source.{n}.options»")
        except SourceError as error:
            yield str(error)
