"""A project's calculation: investments, who saves, and what was promised, carried to the rows of analysis.

The formulas are in `energy.savings`; this module only carries what one needs to the other.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from energy.model import Band, PriceList
from energy.savings.economy.capital import Component, InternalInterest, held, own_interest, percent, published_interest
from energy.savings.economy.economics import Case as Bearer
from energy.savings.economy.economics import Terms, economics, returns_frame, years_frame
from energy.savings.economy.promised import Delivery, promised_against_delivered
from energy.savings.economy.tornado import tornado
from energy.savings.saved.avoided import ALL, AvoidedRow, Case, Cell, assessed, cells_of
from energy.savings.saved.bearers import Saved, Shares, saved
from flows.analysis.dimensions import contracts_of
from flows.analysis.figures import Rows
from flows.analysis.inputs import FacilityInputs
from flows.analysis.shares import UNSTATED, shares_of
from flows.project.avoided_cost import LAST, Settled
from flows.settings.economics import ProjectEconomics, first_full_year
from flows.settings.load import Project
from flows.settings.model import ContractTable

_STEADY = (
    "den varaktiga effekten för {} till {}: ett år när alla dygn som effektavgiften räknas på ligger efter projektet, "
    "i de månadernas priser och netto efter projektets egen energi"
)
_FEW = "kan inte bedömas: årsbesparingen behöver tolv hela månader efter projektet, det finns {}"


@dataclass(frozen=True)
class Yearly:
    """The yearly saving of every bearer and of the group (ALL), the years measured, and how the figure was made."""

    ahead: Mapping[str, Saved]
    measured: Mapping[str, Mapping[int, Saved]]
    price_year: int | None
    basis: str

    @classmethod
    def unknown(cls, reason: str) -> Yearly:
        """Return a saving that nobody knows."""
        return cls({}, {}, None, reason)


@dataclass(frozen=True)
class Calculation:
    """The calculation of one facility's projects: every result is added to `rows`."""

    inputs: FacilityInputs
    lists: Sequence[PriceList]
    run_id: str
    rows: Rows

    def run(
        self,
        project: Project,
        cases: Sequence[Case],
        cells: Sequence[Sequence[Cell]],
        year: Settled | None,
        found: Sequence[AvoidedRow],
        told: Sequence[Mapping[str, Any]],
    ) -> None:
        """Add what the project gives and what was promised.

        `cells` are those of each case, `year` the steady year, `found` their rows and `told` the rows of avoided_cost.
        """
        months = sorted({cell.month for mine in cells for cell in mine})
        if project.investment:
            left_out = (
                r["excludes"] for r in told if r["effect"] == "steady" and (r["carrier"], r["component"]) == (ALL, ALL)
            )
            self._add(project, self._yearly(cases, cells, months, year, next(left_out, None)))
        self.rows["promised"] += [
            {"project": project.id, **row}
            for row in _promised(project.economics, found, told, self.inputs.settings.draws)
        ]

    def unknown(self, project: Project, reason: str) -> None:
        """Add the project's capital cost where its saving could not be assessed, unless it has been added."""
        if project.investment and not any(row["project"] == project.id for row in self.rows["economics_returns"]):
            self._add(project, Yearly.unknown(reason))

    # --- who saves ------------------------------------------------------------------------------------------------

    def _paired(self, case: Case, cells: Sequence[Cell], months: Sequence[date]) -> list[tuple[str, Cell]]:
        """Return the cells with the bearer of their contract; billed again by bearer where a meter has several."""
        point = case.loads.actual.metering_point
        mine = [c for c in self.inputs.settings.contract if c.metering_point == point]
        bearers = sorted({self._bearer(c) for c in mine})
        if len(bearers) <= 1:
            return [(bearers[0] if bearers else UNSTATED, cell) for cell in cells]
        return [
            (who, cell)
            for who in bearers
            for cell in cells_of(case, contracts_of([c for c in mine if self._bearer(c) == who]), self.lists, months)
        ]

    def _bearer(self, contract: ContractTable) -> str:
        return contract.cost_bearer or self.inputs.facility.cost_bearer or UNSTATED

    def _yearly(
        self,
        cases: Sequence[Case],
        cells: Sequence[Sequence[Cell]],
        months: Sequence[date],
        year: Settled | None,
        excludes: str | None,
    ) -> Yearly:
        """Return the steady saving of the last twelve months, and that of every whole year, by bearer and for all."""
        if year is None:
            return Yearly.unknown(_FEW.format(len(months)))
        shares, why = self._shares(sorted({c.metering_point for mine in cells for c in mine}), months)
        every = [c for mine in cells for c in mine]
        paired = self._all_paired(cases, cells, months)
        whole = {
            y: saved(
                [c for c in every if c.month.year == y], [(w, c) for w, c in paired if c.month.year == y], shares, why
            )
            for y in sorted({m.year for m in months})
            if _is_whole([c for c in every if c.month.year == y])
        }
        bearers = {who for found in whole.values() for who in found}
        measured = {who: {y: found[who] for y, found in whole.items() if who in found} for who in bearers}
        settled = [c for mine in year.cells for c in mine]
        ahead = saved(settled, self._all_paired(year.cases, year.cells, year.months), shares, why)
        basis = _STEADY.format(f"{year.months[0]:%Y-%m}", f"{year.months[-1]:%Y-%m}")
        return Yearly(ahead, measured, year.months[-1].year, basis + (f", {excludes}" if excludes else ""))

    def _all_paired(
        self, cases: Sequence[Case], cells: Sequence[Sequence[Cell]], months: Sequence[date]
    ) -> list[tuple[str, Cell]]:
        each = zip(cases, cells, strict=True)
        return [pair for case, mine in each for pair in self._paired(case, mine, months)]

    def _shares(self, points: Sequence[str], months: Sequence[date]) -> tuple[Shares, Mapping[tuple[str, date], str]]:
        """Return the shares of the keys of allocation by metering point and month, and why one is unknown."""
        return shares_of(self.inputs.store, points, months)

    # --- what it gives --------------------------------------------------------------------------------------------

    def _add(self, project: Project, yearly: Yearly) -> None:
        parts = [
            Component(i.cost_bearer, i.amount_sek, i.subsidy_sek, i.year, i.lifetime_years, i.name)
            for i in project.investment
        ]
        terms = _terms(project, yearly.price_year)
        each = {who: one.draws for who, one in yearly.ahead.items() if who != ALL}
        known = [*yearly.ahead.items(), *((w, s) for w, years in yearly.measured.items() for s in years.values())]
        reasons = {who: one.reason for who, one in reversed(known) if one.reason}
        measured = {w: {y: s.draws for y, s in years.items()} for w, years in yearly.measured.items()}
        group = None
        if ALL in yearly.ahead:
            whole = yearly.ahead[ALL]
            group = Bearer(ALL, parts, whole.draws, whole.reason, measured.pop(ALL, {}))
        found = economics(parts, each, terms, reasons, measured, group)
        mine = {"project": project.id, "run_id": self.run_id}
        told = {"horizon_years": found.horizon_years, "saving_basis": yearly.basis}
        rows = returns_frame(found.returns).to_dicts()
        self.rows["economics_returns"] += [{**row, **told, **mine, **_why(row, yearly)} for row in rows]
        self.rows["economics_years"] += [{**row, **mine} for row in years_frame(found.years).to_dicts()]
        for who in [one.cost_bearer for one in found.returns]:
            bars = tornado(parts, each, terms, bearer=who, measured=measured, group=group)
            self.rows["economics_tornado"] += [
                {**vars(bar), "rank": n, "cost_bearer": who, **mine} for n, bar in enumerate(bars, start=1)
            ]
        texts = [*found.assumptions, *_decided(project.economics)]
        self.rows["economics_assumptions"] += [{"no": n, "text": said, **mine} for n, said in enumerate(texts, start=1)]


def _is_whole(cells: Sequence[Cell]) -> bool:
    """Return whether the cells of a calendar year are assessed in each of its twelve months."""
    return len({c.month for c in assessed(cells)[0]}) == 12


def _why(row: Mapping[str, Any], yearly: Yearly) -> dict[str, str]:
    """Return the real reason in place of the general one, where no saving at all could be assessed."""
    if yearly.ahead or row["text"] is None:
        return {}
    general = row["saving_reason"]
    return {name: yearly.basis for name, value in row.items() if general and value == general}


def _terms(project: Project, price_year: int | None) -> Terms:
    """Return what the settings assume, and the house's defaults where they say nothing."""
    given = project.economics or ProjectEconomics(decided_by="–")
    return Terms(
        first_full_year(project.reporting_from),
        _interest(given),
        None if given.discount_rate_pct is None else given.discount_rate_pct / 100,
        given.price_change_pct / 100,
        given.purchase_change_pct / 100,
        given.horizon_years,
        price_year,
    )


def _interest(given: ProjectEconomics) -> InternalInterest:
    if given.internal_rate_pct is not None:
        return own_interest(given.internal_rate_pct / 100)
    known = published_interest()
    own = {int(year): rate / 100 for year, rate in given.internal_rate_by_year_pct.items()}
    if own:
        said = ", ".join(f"{percent(rate)} för {year}" for year, rate in sorted(own.items()))
        known = InternalInterest({**known.by_year, **own}, f"egen ränta {said}; övriga år {known.source}")
    return held(known) if given.hold_last_rate else known


def _decided(given: ProjectEconomics | None) -> Iterator[str]:
    if given is None:
        yield "Inget är beslutat för kalkylen i [project.economics]: antagandena ovan är programmets förval."
    else:
        yield f"Beslutat av: {given.decided_by}."


def _promised(
    given: ProjectEconomics | None, found: Sequence[AvoidedRow], told: Sequence[Mapping[str, Any]], draws: int
) -> Iterator[dict[str, Any]]:
    """Yield promised against delivered, in energy and money, for whole years; the last twelve months where others.

    Money at the prices of each year, and at those of the base year, which are nearer to what was promised in.
    """
    if given is None:
        return
    for row in found:
        whole = row.scope == "year" and (row.period_end - row.period_start).days >= 365
        whole = whole or (row.scope == LAST and row.period_start.month != 1)
        if not whole or row.carrier != ALL or row.component != ALL:
            continue
        period = LAST if row.scope == LAST else f"{row.period_start:%Y}"
        source: dict[str, Any] = {
            "document": given.promised_document,
            "promised_on": given.promised_on,
            "period": period,
        }
        source |= {"excluded_hours": row.hours_excluded}
        hours = 24 * (row.period_end - row.period_start).days
        counted = (
            1.0 - min(row.hours_excluded, hours) / hours
        )  # what is taken out has saved nothing and was promised all
        if given.promised_mwh_per_year is not None:
            delivery = promised_against_delivered(
                1000 * given.promised_mwh_per_year, row.avoided_energy_kwh, counted, draws
            )
            yield {**source, "unit": "kWh", **_delivery(delivery, None)}
        if given.promised_sek_per_year is not None:
            for price_basis, measured, excludes in _at_prices(told, period):
                delivery = promised_against_delivered(given.promised_sek_per_year, measured, counted, draws)
                yield {**source, "unit": "SEK", "price_basis": price_basis, **_delivery(delivery, excludes)}


def _at_prices(told: Sequence[Mapping[str, Any]], period: str) -> Iterator[tuple[str, Band, str | None]]:
    """Yield the avoided cost of a period at each price basis, as it was cash, and what it leaves out."""
    for row in told:
        if (row["carrier"], row["component"], row["effect"], row["period"]) == (ALL, ALL, "cash", period):
            value, low, high = (row[f"avoided_cost_sek{end}"] for end in ("", "_low", "_high"))
            if value is None:
                value = low = high = float("nan")
            yield row["price_basis"], Band(value, low, high, reason=row["reason"]), row["excludes"]


def _delivery(one: Delivery, excludes: str | None) -> dict[str, Any]:
    def bounds(name: str, found: Band) -> dict[str, float]:
        return {name: found.value, f"{name}_low": found.low, f"{name}_high": found.high}

    return {
        "promised": one.promised, **bounds("measured", one.measured), **bounds("difference", one.difference),
        **bounds("delivered_pct", one.delivered_pct), "verdict": one.verdict,
        "text": one.text + (f" Beloppet är {excludes}." if excludes else ""),
        "reason": one.measured.reason,
    }  # fmt: skip
