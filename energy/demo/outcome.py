"""What the made-up facility would have used without its store: for tests of the analysis only, never its input."""

from __future__ import annotations

import numpy as np
import polars as pl

from energy.demo import books, plan
from energy.demo.facility import sent, told
from energy.demo.invoices import totals
from energy.demo.physics import Physics, simulate
from energy.model import Floats

__all__ = ["book_truth", "invoice_truth", "of", "truth"]


def truth(seed: int = 1) -> pl.DataFrame:
    """Return the true avoided energy per month and carrier of the facility that `energy.demo.files(seed)` writes.

    One row per delivered month and carrier, sorted: `month` (first day, normal time), `carrier`, `actual_kwh`,
    `counterfactual_kwh` = the same month without the store, `avoided_energy_kwh` = their difference (negative for
    electricity: the heat pump's own), `fault_kwh` = part of both that faults caused which the baseline period did not
    know, `excluded_hours` = hours in closures left out of the follow-up.
    An adjusted baseline under baseline conditions should come near `counterfactual_kwh - fault_kwh`.
    """
    return of(simulate(seed))


def book_truth(seed: int = 1) -> pl.DataFrame:
    """Return the mistakes put into the books that `energy.demo.files(seed)` writes, sorted by invoice.

    Columns `rule`, `kind`, `supplier_id`, `invoice_no`, `account`, `amount_sek`: `account` is where the cost belongs,
    `amount_sek` what stands there too much (or, negative, too little) because of the mistake.
    """
    rows = []
    for kind, spec in sent(simulate(seed), seed):
        rule = books.mistake_of(kind, spec)
        if rule:
            sums = totals(spec)
            wrong = {"posted_twice": sums.net, "posted_gross": sums.vat}.get(rule, -sums.net)
            account = books.COST_ACCOUNTS[kind]
            rows.append((rule, kind, spec.supplier.org_number, spec.number, account, float(wrong)))
    columns = ["rule", "kind", "supplier_id", "invoice_no", "account", "amount_sek"]
    return pl.DataFrame(rows, schema=columns, orient="row").sort("invoice_no")


def invoice_truth(seed: int = 1) -> pl.DataFrame:
    """Return the mistakes put into the invoices that `energy.demo.files(seed)` writes, sorted by month, rule, number.

    Columns `rule` (as in invoice_findings, and missing_invoice), `kind`, `metering_point`, `supplier_id`, `invoice_no`
    (null for an invoice that never came), `month` of consumption, and `amount_sek` = what was paid too much because of
    it, excl. VAT, negative for too little. What a later document has put right counts as it was at first. Of vat_error
    it is the VAT, of one_off_in_operations the line that stands among the costs of operation.
    """
    rows = []
    for supply, right, mistake, found in told(simulate(seed), seed):
        for number, amount in found.wrong:
            assert mistake is not None and right.period is not None
            document = next((spec for spec in found.documents if spec.number == number), right)
            point, seller = document.metering_point, supply.supplier.org_number
            rows.append((mistake.rule, supply.kind, point, seller, number, right.period[0], float(amount)))
    columns = ["rule", "kind", "metering_point", "supplier_id", "invoice_no", "month", "amount_sek"]
    return pl.DataFrame(rows, schema=columns, orient="row").sort("month", "rule", "invoice_no")


def of(physics: Physics) -> pl.DataFrame:
    """Return the same of physics already at hand."""
    heat = _carrier(physics, "district_heating", physics.district_kwh, physics.heat_need_kwh, physics.heat_fault_kwh)
    without = physics.el_main_kwh - physics.el_store_kwh
    power = _carrier(physics, "electricity", physics.el_main_kwh, without, physics.el_fault_kwh)
    return pl.concat([heat, power]).sort("month", "carrier")


def _carrier(physics: Physics, carrier: str, actual: Floats, without: Floats, fault: Floats) -> pl.DataFrame:
    hours = physics.time.delivered
    months = physics.time.day[hours].astype("datetime64[M]")
    index = (months - months[0]).astype(np.int64)
    excluded = np.zeros(months.size)
    for closure in plan.CLOSURES:
        excluded += physics.time.since(closure.start, closure.end)[hours] * closure.excluded

    def total(values: Floats) -> Floats:
        return np.bincount(index, values).astype(np.float64)

    actual_kwh, counterfactual_kwh = total(actual[hours]), total(without[hours])
    return pl.DataFrame({
        "month": pl.Series(np.unique(months).astype("datetime64[D]")),
        "carrier": [carrier] * actual_kwh.size,
        "actual_kwh": actual_kwh,
        "counterfactual_kwh": counterfactual_kwh,
        "avoided_energy_kwh": counterfactual_kwh - actual_kwh,
        "fault_kwh": total(fault[hours]),
        "excluded_hours": total(excluded),
    })  # fmt: skip
