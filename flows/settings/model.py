"""The tables of energibok.toml: what a home may say, and of what kind. `load` reads them and complains."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta, timezone
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationInfo, field_validator, model_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from energy.model import Use
from flows.settings.economics import Investment, ProjectEconomics, first_full_year
from flows.settings.store import StoreTable

PREFIX = "ENERGIBOK_"
SLUG = r"^[a-z0-9][a-z0-9-]{0,60}$"
METER = r"^[A-Za-z0-9._:-]{1,64}$"
Slug = Annotated[str, Field(pattern=SLUG)]
Carrier = Literal["district_heating", "electricity", "rejected_heat", "store_heat", "water", "other"]
FAR = date(2100, 1, 1)
_NORMAL = timezone(timedelta(hours=1))


def instant_of(value: date | datetime) -> datetime:
    """Return a day, or a time, in Swedish normal time (UTC+1 all year) as an instant; a time with a zone keeps it."""
    moment = value if isinstance(value, datetime) else datetime.combine(value, time())
    return (moment if moment.tzinfo else moment.replace(tzinfo=_NORMAL)).astimezone(UTC)


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
    normal_heating_degree_days_kd: list[float] | None = Field(
        None,
        min_length=12,
        max_length=12,
        description="a normal year's degree days by month, January to December, base 17 °C without seasonal limits "
        "[K·d]: for price lists that bill normal-year corrected energy",
    )
    ice_area_m2: float | None = Field(None, gt=0, description="ice of all rinks")
    pool_area_m2: float | None = Field(None, gt=0, description="water surface of all pools")
    pool_volume_m3: float | None = Field(None, gt=0, description="water of all pools")
    design_temperature_c: float | None = Field(
        None, ge=-50, le=10, description="outdoor temperature the heating is designed for (DVUT)"
    )


class MeteringPoint(Table):
    """One metering point. `parent` is the metering point that also measures this one's energy (a submeter's main)."""

    id: str = Field(pattern=METER)
    facility: str
    name: str
    carrier: Carrier
    parent: str | None = None
    use: Use | None = Field(None, description="what its energy does: the rules for measures look at it")


class Installation(Table):
    """One meter at a metering point, from the day it was mounted. Needed where meters are replaced or roll over.

    It also says a factor, and whether gaps between standings may be spread. Times without a zone are Swedish normal
    time (UTC+1) all year; a standing read at the very moment of the change is the new meter's.
    """

    metering_point: str
    quantity: str = Field("energy_kwh", description="the quantity measured, e.g. energy_kwh or volume_m3")
    meter_no: str | None = None
    mounted: datetime | date = Field(date(2000, 1, 1), alias="from", description="when it was mounted")
    removed: datetime | date = Field(FAR, alias="to", description="when it was taken down: no longer its own time")
    digits: int | None = Field(
        None,
        ge=1,
        le=15,
        description="digits of the register before the decimal sign: how far it counts before it starts again; counted "
        "in the unit of the quantity (5 digits of MWh are 8 of kWh)",
    )
    factor: float = Field(1, gt=0, allow_inf_nan=False, description="what the meter's figures are multiplied by")
    applies_to: Literal["register", "interval", "both"] = Field(
        "register", description="whether `factor` is for differences of standings, for values of intervals, or both"
    )
    start_register: float | None = Field(
        None, allow_inf_nan=False, description="standing when mounted, in the unit of the quantity"
    )
    stop_register: float | None = Field(
        None, allow_inf_nan=False, description="standing when taken down, in the unit of the quantity"
    )
    spread_gaps_hours: int = Field(
        0,
        ge=0,
        le=744,
        description="differences of standings over at most so many hours are spread evenly over them and marked "
        "interpolated; 0: never",
    )

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if instant_of(self.mounted) >= instant_of(self.removed):
            raise ValueError("en mätare monteras innan den tas ner: from < to")
        return self


class Point(Table):
    """One point of the building's automation whose trends come into the inbox: a sensor, a set point, a state."""

    id: str = Field(min_length=1, max_length=200, description="the point's name in the files of trends")
    facility: str
    name: str
    kind: Literal[
        "supply_temperature_c",
        "return_temperature_c",
        "indoor_temperature_c",
        "outdoor_temperature_c",
        "brine_temperature_c",
        "ice_temperature_c",
        "ice_thickness_mm",
        "pool_temperature_c",
        "store_temperature_c",
        "humidity_pct",
        "co2_ppm",
        "status",
        "set_point_c",
        "pressure_pa",
        "valve_pct",
        "flow_m3_h",
        "power_kw",
        "other",
    ]
    unit: str | None = Field(None, description="its unit, as the files tell it: values are not recalculated")
    metering_point: str | None = Field(None, description="the meter it stands beside")
    space: str | None = Field(None, description="the room or plant it stands in, as the bookings name it")
    brick: str | None = Field(None, description="its class in Brick, e.g. Supply_Air_Temperature_Sensor")


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
    rhythm: Literal["monthly", "bimonthly", "quarterly", "yearly"] = Field(
        "monthly", description="how often an invoice is expected"
    )
    days_to_invoice: int = Field(20, ge=0, le=120, description="days after the period's end until it is missed")
    cost_bearer: str | None = Field(None, description="who carries the cost; the facility's unless said")
    options: dict[str, Any] = Field({}, description="the contract's own choices, e.g. subscribed_kw: docs/tariffs.md")
    system_return_c: dict[str, float] = Field(
        {}, description="month (YYYY-MM) -> the network's mean return temperature [°C], as the supplier publishes it"
    )

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.valid_to <= self.valid_from:
            raise ValueError("ett avtal börjar innan det slutar: valid_from < valid_to")
        return self

    @field_validator("system_return_c")
    @classmethod
    def _months(cls, found: dict[str, float]) -> dict[str, float]:
        for month in found:
            if not re.fullmatch(r"\d{4}-(0[1-9]|1[0-2])", month):
                raise ValueError("månader skrivna ÅÅÅÅ-MM")
        return found


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
    price_basis: Literal["reporting_period", "base_year"] = Field(
        "reporting_period",
        description="whose prices the headline is told at: the reporting period's, or those of the baseline's last "
        "twelve months; both are always computed",
    )
    drivers: list[str] = Field(
        [],
        description="what the baseline may use beside temperature and calendar, where it lowers the error out of "
        'fold: ids of [[point]], and "bookings" for the number of bookings at a time',
    )
    investment: list[Investment] = []
    economics: ProjectEconomics | None = None
    placebo: bool = Field(False, description="no project took place: the result tests the method")

    @model_validator(mode="after")
    def _periods_in_order(self) -> Self:
        if not self.baseline_from < self.baseline_to <= self.reporting_from < self.reporting_to:
            raise ValueError("perioderna måste följa på varandra: baseline_from < baseline_to <= reporting_from")
        return self

    @model_validator(mode="after")
    def _paid_in_time(self) -> Self:
        last = min(first_full_year(self.reporting_from), self.reporting_to.year)
        for n, one in enumerate(self.investment, start=1):
            if one.year > last:
                raise ValueError(
                    f"investment[{n}].year senast {last}, första hela driftåret, inte {one.year}: det som köps senare "
                    "är ett projekt för sig eller en återanskaffning, och den räknas med ändå"
                )
        return self


class CostBearer(Table):
    """Who pays: a board, a company, a school."""

    id: Slug
    name: str
    vat_recoverable: bool = True

    @field_validator("id")
    @classmethod
    def _not_the_sum(cls, found: str) -> str:
        if found == "all":
            raise ValueError("ett annat id: «all» står för alla kostnadsbärare tillsammans")
        return found


class Account(Table):
    """Where in the books a kind of invoice belongs, and when: organisations are renamed and charts of accounts change.

    A row that names a metering point goes before one that names a facility, and that before one that names neither.
    """

    account: str = Field(min_length=1, max_length=20)
    purpose: Literal["energy", "one_off", "accrual"] = Field(
        "energy", description="the cost itself, one-off support and charges, or the liability of accruals"
    )
    kind: Literal["heat", "grid", "retail"] | None = None
    facility: str | None = None
    metering_point: str | None = None
    cost_centre: str | None = Field(None, description="object of the dimension [ledger].cost_centre_dimension")
    objects: dict[str, str] = Field({}, description='dimension number -> object, e.g. { 21 = "340" }')
    name: str = Field("", description="what the account is called")
    valid_from: date = date(2000, 1, 1)
    valid_to: date = FAR

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.valid_to <= self.valid_from:
            raise ValueError("ett konto börjar gälla innan det slutar: valid_from < valid_to")
        return self


class Ledger(Table):
    """How the books are kept: which dimension is the cost centre, which accounts hold VAT and liabilities."""

    cost_centre_dimension: str = Field("1", description="the number of the dimension in SIE; 1 is reserved for it")
    vat_accounts: list[str] = Field(["1650"], description="ingoing VAT")
    supplier_accounts: list[str] = Field(["2510"], description="liabilities to suppliers")
    closes_on_day: int = Field(8, ge=1, le=28, description="day of the next month when a period is closed")


class Allocation(Table):
    """A key that shares a metering point's cost between cost bearers. Shares of one point and day sum to one."""

    metering_point: str
    cost_bearer: str
    share: float | None = Field(None, ge=0, le=1, description="fixed share")
    submeter: str | None = Field(None, description="share by this submeter's part of the energy; one bearer takes rest")
    rest: bool = Field(False, description="takes what the others do not")
    valid_from: date = date(2000, 1, 1)
    valid_to: date = FAR
    reason: str = Field("", description="why the key was set or changed, and by which role")

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if (self.share is not None) + (self.submeter is not None) + self.rest != 1:
            raise ValueError("exakt en av share, submeter och rest")
        return self


class EmissionFactor(Table):
    """A dated and sourced factor for greenhouse gases. Never used outside its days, never mixed between methods."""

    carrier: Literal["district_heating", "electricity"]
    method: Literal["supplier", "location_based", "market_based"]
    kg_per_mwh: float = Field(ge=0, allow_inf_nan=False, description="kg CO2e per MWh")
    valid_from: date
    valid_to: date
    source: str = Field(min_length=1, description="who published the factor, and where")


class FollowUp(Table):
    """When a deviation from budget asks for a cause, and which years the forecast's weather is drawn from."""

    deviation_sek: float = Field(25_000, ge=0, description="a deviation at least this large asks for a cause")
    deviation_pct: float = Field(10, ge=0, description="and at least this large a part of the budget")
    weather_years: int = Field(20, ge=1, le=60, description="years of weather behind low, likely and high")


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
    treatment: Literal["exclude", "indicator", "engineering", "rebaseline"] | None = None
    reason: str
    decided_by: str | None = Field(None, validate_default=True)
    value: float | None = Field(
        None, allow_inf_nan=False, description="of `engineering`: what the event did to the use, negative for less"
    )
    unit: Literal["percent", "kwh_per_day"] | None = Field(None, description="the unit of `value` and `uncertainty`")
    uncertainty: float | None = Field(
        None, ge=0, allow_inf_nan=False, description="± of `value`: half the width of its 90 % band, 0 where metered"
    )
    group: str | None = Field(None, description="of `indicator`: events that share one effect")

    @field_validator("reason", "decided_by")
    @classmethod
    def _decided(cls, found: str | None, info: ValidationInfo) -> str | None:
        if info.data.get("treatment") and not (found or "").strip():
            raise ValueError("en text som inte är tom: med treatment ändrar raden siffror, och då måste reason och "
                             "decided_by vara angivna")  # fmt: skip
        return found

    @model_validator(mode="after")
    def _effect(self) -> Self:
        told = [n for n in ("value", "unit", "uncertainty") if getattr(self, n) is not None]
        if self.treatment == "engineering" and len(told) < 3:
            raise ValueError("value, unit (percent eller kwh_per_day) och uncertainty (±, samma enhet; 0 om uppmätt), "
                             "alla tre när treatment är engineering")  # fmt: skip
        if self.treatment != "engineering" and told:
            raise ValueError(f"{told[0]} bara när treatment är engineering")
        if self.unit == "percent" and (self.value or 0) < -100:
            raise ValueError("value minst -100 när unit är percent: mer än allt kan inte försvinna")
        return self


class Fetch(Table):
    """Where `energibok fetch` asks for weather, prices and rates, and how patiently."""

    weather_url: str = Field(
        "https://opendata-download-metobs.smhi.se/api/version/1.0",
        description="SMHI's meteorological observations; station and period are added",
    )
    prices_url: str = Field(
        "https://www.elprisetjustnu.se/api/v1/prices",
        description="prices a day and area; /YYYY/MM-DD_SE3.json is added",
    )
    fx_url: str | None = Field(None, description="ECB's history of rates, as CSV or as the zip ECB packs it in")
    timeout_seconds: float = Field(30, gt=0, le=600)
    retries: int = Field(3, ge=0, le=10, description="tries after the first, each after twice the wait")
    largest_mb: int = Field(200, ge=1, le=2000, description="an answer larger than this is refused")

    @field_validator("weather_url", "prices_url", "fx_url")
    @classmethod
    def _web_address(cls, found: str | None) -> str | None:
        if found is not None and not re.fullmatch(r"https?://[A-Za-z0-9.:\[\]-]+(/[!-~]*)?", found):
            raise ValueError("en webbadress som börjar med https:// (eller http://), utan lösenord")
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
    installation: list[Installation] = []
    point: list[Point] = []
    source: list[Source] = []
    contract: list[ContractTable] = []
    project: list[Project] = []
    store: list[StoreTable] = []
    cost_bearer: list[CostBearer] = []
    opening_hours: list[OpeningHours] = []
    event: list[Event] = []
    account: list[Account] = []
    ledger: Ledger = Ledger()
    allocation: list[Allocation] = []
    emission_factor: list[EmissionFactor] = []
    follow_up: FollowUp = FollowUp()
    fetch: Fetch = Fetch()

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
