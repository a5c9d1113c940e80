"""The tables of a project's money: what was paid for what, and what the calculation assumes and was promised."""

from __future__ import annotations

import re
from datetime import date
from typing import Self

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from energy.swedish import sv_short

_CONFIG = ConfigDict(extra="forbid", frozen=True)  # as flows.settings.model.Table, which these are part of


class Investment(BaseModel):
    """One component of the project, with its own life (component depreciation, RKR R4), and who paid for it."""

    model_config = _CONFIG

    name: str = Field(min_length=1, max_length=100, description="what was bought, e.g. Borrhål")
    cost_bearer: str
    amount_sek: float = Field(ge=0, allow_inf_nan=False, description="gross, excl. VAT")
    year: int = Field(ge=1990, le=2100, description="the year it was paid: at the latest the first whole year in use")
    lifetime_years: int = Field(
        ge=1, le=100, description="e.g. boreholes 50, pipes and heat exchangers 25, heat pump 18, control 12"
    )
    subsidy_sek: float = Field(0, ge=0, allow_inf_nan=False, description="part of the amount that others paid")
    granter: str = Field("", description="who granted the subsidy: needed with subsidy_sek")

    @model_validator(mode="after")
    def _subsidy_is_part(self) -> Self:
        if self.subsidy_sek > self.amount_sek:
            most = sv_short(self.amount_sek)
            raise ValueError(f"subsidy_sek som mest amount_sek, {most}: bidraget är en del av beloppet")
        if self.subsidy_sek and not self.granter.strip():
            raise ValueError("granter: vem som gav bidraget måste anges med subsidy_sek")
        return self


class ProjectEconomics(BaseModel):
    """What the project's calculation assumes, what was promised, and who decided. Without it: docs/economics.md."""

    model_config = _CONFIG

    decided_by: str = Field(min_length=1, description="who decided the assumptions below: a role and a date")
    internal_rate_pct: float | None = Field(
        None, gt=-10, lt=30, description="own internal interest (internränta), the same every year [%]"
    )
    internal_rate_by_year_pct: dict[str, float] = Field(
        {}, description="year -> own internal interest [%]; other years have SKR's proposal, where there is one"
    )
    hold_last_rate: bool = Field(
        False, description="assume the last known rate for later years too; else those years have no internal interest"
    )
    discount_rate_pct: float | None = Field(
        None,
        gt=-10,
        lt=30,
        description="discount rate (kalkylränta) [%]; without it each year's internal interest",
    )
    price_change_pct: float = Field(0, gt=-20, lt=30, description="how the saving's prices move, each year [%]")
    purchase_change_pct: float = Field(
        0, gt=-20, lt=30, description="how the price of what is bought again moves, each year [%]"
    )
    horizon_years: int | None = Field(
        None, ge=1, le=100, description="years looked at; without it to the end of the longest-lived component"
    )
    promised_sek_per_year: float | None = Field(None, gt=0, allow_inf_nan=False, description="promised saving a year")
    promised_mwh_per_year: float | None = Field(
        None,
        gt=0,
        allow_inf_nan=False,
        description="the same in energy, all carriers, net of the project's own use",
    )
    promised_document: str = Field("", description="the document that promised it: needed with a promise")
    promised_on: date | None = Field(None, description="the document's date: needed with a promise")

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.internal_rate_pct is not None and (self.internal_rate_by_year_pct or self.hold_last_rate):
            raise ValueError("internal_rate_pct ensam: en fast ränta gäller alla år, ange den eller räntor år för år")
        promised = self.promised_sek_per_year is not None or self.promised_mwh_per_year is not None
        if promised and not (self.promised_document.strip() and self.promised_on):
            raise ValueError("promised_document och promised_on: en utlovad besparing måste ha dokument och datum")
        return self

    @field_validator("internal_rate_by_year_pct")
    @classmethod
    def _years(cls, found: dict[str, float]) -> dict[str, float]:
        for year, rate in found.items():
            if not re.fullmatch(r"(19|20)\d\d", year) or not -10 < rate < 30:
                raise ValueError('år skrivna ÅÅÅÅ med en ränta i procent mellan -10 och 30, till exempel "2024" = 2.5')
        return found


def first_full_year(reporting_from: date) -> int:
    """Return the first calendar year that the reporting period holds from its first day."""
    return reporting_from.year + (reporting_from > date(reporting_from.year, 1, 1))
