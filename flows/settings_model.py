"""The tables of energibok.toml: what a home may say, and of what kind. Reading and complaining is flows.settings."""

from __future__ import annotations

import re
from datetime import date, datetime, time
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationInfo, field_validator, model_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

PREFIX = "ENERGIBOK_"
SLUG = r"^[a-z0-9][a-z0-9-]{0,60}$"
METER = r"^[A-Za-z0-9._:-]{1,64}$"
Slug = Annotated[str, Field(pattern=SLUG)]
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

    id: str = Field(pattern=METER)
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
    decided_by: str | None = Field(None, validate_default=True)

    @field_validator("reason", "decided_by")
    @classmethod
    def _decided(cls, found: str | None, info: ValidationInfo) -> str | None:
        if info.data.get("treatment") and not (found or "").strip():
            raise ValueError("en text som inte är tom: med treatment ändrar raden siffror, och då måste reason och "
                             "decided_by vara angivna")  # fmt: skip
        return found


class Settings(BaseSettings):
    """Everything energibok.toml may say. Keys are the names of the field's own tables."""

    model_config = SettingsConfigDict(
        extra="forbid",
        frozen=True,
        env_prefix=PREFIX,
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
