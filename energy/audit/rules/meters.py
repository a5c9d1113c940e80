"""I7 and I8: someone else's meter, a meter nobody uses, a wrong multiplier (the ratio of a current transformer)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import polars as pl

from energy.audit.rules.base import Found, RuleContext, evidence, found_of, groups, letter
from energy.audit.words import KIND_SV, month, plain, spoken

__all__ = ["dormant_meter", "foreign_meter", "wrong_multiplier"]


def foreign_meter(context: RuleContext) -> Sequence[Found]:
    """Return one finding per document that charges a metering point that is not ours, or not ours any longer."""
    suppliers = context.contracts.select("supplier_id").unique()
    pairs = context.contracts.select("supplier_id", "metering_point").unique().with_columns(had=pl.lit(value=True))
    strange = (
        context.lines.filter(pl.col("metering_point").is_not_null(), pl.col("contract_kind").is_null())
        .join(pairs, on=["supplier_id", "metering_point"], how="left")
        .join(suppliers.with_columns(ours=pl.lit(value=True)), on="supplier_id", how="left")
        .filter(pl.col("facility").is_null() | pl.col("ours").is_not_null(), pl.col("amount_sek").is_not_null())
        .filter(pl.col("line_class") != "rounding")
    )
    return [_foreign(lines, context) for lines in groups(strange)]


def _foreign(lines: list[dict[str, Any]], context: RuleContext) -> Found:
    first = lines[0]
    point = spoken(str(first["metering_point"]))
    if first["facility"] is None:
        why = f"Mätpunkten {point} finns inte bland våra."
    elif first["had"]:
        ended = context.contracts.filter(
            pl.col("supplier_id") == first["supplier_id"], pl.col("metering_point") == first["metering_point"]
        )
        why = f"Avtalet för mätpunkten {point} gällde till {ended['valid_to'].cast(pl.String).max()!s}."
    else:
        why = f"Leverantören har inget avtal för mätpunkten {point}."
    told = [line | {"difference_sek": line["amount_sek"], "net_sek_left": 0.0} for line in lines]
    ask = "Vi ber er kontrollera vem som är kund på mätpunkten och kreditera fakturan om den inte är vår."
    return found_of("foreign_meter", told, why, ask)


def wrong_multiplier(context: RuleContext) -> Sequence[Found]:
    """Return one finding per document whose quantities are all a multiple of the metered."""
    mine = context.lines.filter(
        pl.col("multiplier").is_not_null(), pl.col("verdict").is_in(["unexplained", "wrong_power"])
    )
    found = []
    for lines in groups(mine):
        reason = str(lines[0]["reason"])
        why = f"{reason[:1].upper()}{reason[1:]}."
        ask = "Vi ber er kontrollera mätarens omräkningsfaktor (strömtransformatorerna) och räkna om fakturan."
        found.append(found_of("wrong_multiplier", lines, why, ask))
    return found


def dormant_meter(context: RuleContext) -> Sequence[Found]:
    """Return one finding per contract whose meter has used nothing for months while fees are charged.

    `amount_sek` is what a year of it costs, by the months found.
    """
    monthly = _used(context)
    key = ["metering_point", "contract_kind"]
    idle = (monthly["kwh"].abs() < context.rules.dormant_kwh_per_month).fill_null(value=False)
    marked = monthly.with_columns(idle=idle).with_columns(
        run=(~pl.col("idle") | (pl.col("month").diff().dt.total_days() > 31).fill_null(value=False)).cum_sum().over(key)
    )
    runs = marked.filter("idle").group_by(*key, "run", maintain_order=True).agg(
        pl.len().alias("months"), pl.col("month").min().alias("first"), pl.col("month").max().alias("last"),
        pl.col("charged_sek").sum(), pl.col("kwh").sum(),
    ).filter(
        pl.col("months") >= context.rules.dormant_months, pl.col("charged_sek") > context.rules.agree_sek
    )  # fmt: skip
    latest = runs.sort(*key, "last").unique(key, keep="last", maintain_order=True)
    return [_dormant(context, run) for run in latest.to_dicts()]


def _used(context: RuleContext) -> pl.DataFrame:
    """Return metering_point, contract_kind, month, kwh (metered, else invoiced) and charged_sek of invoiced months."""
    key = ["metering_point", "contract_kind", "month"]
    standing = context.lines.filter(
        pl.col("contract_kind").is_not_null(), "is_whole", ~pl.col("is_beyond"), pl.col("reverses").is_null(),
        pl.col("reversed_by").is_null(),
    )  # fmt: skip
    monthly = standing.with_columns(
        month=pl.date_ranges(pl.col("period_start"), pl.col("period_end"), interval="1mo")
    ).explode("month")  # fmt: skip
    is_energy = (pl.col("unit_billed") == "kWh") & (pl.col("component") == "energy")
    a_month = pl.col("quantity_billed") / pl.col("months")
    invoiced = monthly.group_by(key).agg(
        charged_sek=(pl.col("amount_sek") / pl.col("months")).sum(),
        invoiced_kwh=pl.when(is_energy.any()).then(a_month.filter(is_energy).max()),
    )  # fmt: skip
    metered = context.bill.filter(pl.col("unit") == "kWh").group_by(key).agg(metered_kwh=pl.col("quantity").max())
    joined = invoiced.join(metered, on=key, how="left")
    return joined.with_columns(kwh=pl.coalesce("metered_kwh", "invoiced_kwh")).sort(key)


def _dormant(context: RuleContext, run: dict[str, Any]) -> Found:
    mine = context.lines.filter(
        pl.col("metering_point") == run["metering_point"], pl.col("contract_kind") == run["contract_kind"],
        pl.col("consumption_month").is_between(run["first"], run["last"]), pl.col("reverses").is_null(),
    ).sort("row")  # fmt: skip
    lines = mine.to_dicts()
    yearly = run["charged_sek"] / run["months"] * 12
    kind = KIND_SV.get(run["contract_kind"], run["contract_kind"])
    why = (
        f"Mätpunkten {spoken(run['metering_point'])} ({kind}) har använt {plain(run['kwh'], 1)} kWh på {run['months']}"
        f" månader, {month(run['first'])}–{month(run['last'])}, men kostat {plain(run['charged_sek'])} kr: omkring"
        f" {plain(yearly, 0)} kr per år."
    )
    ask = "Vi ber om besked om vad en uppsägning eller ett mindre abonnemang skulle innebära för mätpunkten."
    return Found(
        "dormant_meter", "warning", lines[-1], yearly, why, evidence(lines), letter(lines[-1:], why, ask), lines
    )
