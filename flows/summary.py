"""What the month ends by saying, in plain Swedish: the headline figures, the best measure, where things lie."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import polars as pl

from dashboards import honesty, text
from flows.settings.load import Settings
from flows.terminal import clean


def best_measure(measures: pl.DataFrame, combined: pl.DataFrame) -> pl.DataFrame:
    """Return the row of the mart measures most worth doing now; none where nothing with an amount is to be decided.

    What comes every year goes before what comes once; of several facilities the dearest. Its amount is what the mart
    measures_combined says it adds, where that is known: beside what is under way or done.
    """
    from dashboards.pages import together

    ends = ("", "_low", "_high")
    steps = combined.select("measure_key", *(pl.col(f"marginal_sek_per_year{end}").alias(f"adds{end}") for end in ends))
    told = measures.join(steps, on="measure_key", how="left", maintain_order="left").with_columns(
        pl.coalesce(f"adds{end}", f"saving_sek_per_year{end}").alias(f"saving_sek_per_year{end}") for end in ends
    )
    order = [pl.col("one_off").fill_null(value=False), "saving_sek_per_year", "rank", "measure_key"]
    found = together.to_decide(told).sort(order, descending=[False, True, False, False]).head(1)
    return found.select(measures.columns)


def contradicted(stores: pl.DataFrame, limits: pl.DataFrame) -> pl.DataFrame:
    """Return (name, message) of every store whose meters contradict each other, with the first contradiction.

    No rule of such a store proposes anything, and that is not for want of something to do. Takes the marts storage and
    storage_limits.
    """
    first = limits.filter("contradicts").sort("store", "no").unique("store", keep="first", maintain_order=True)
    return first.join(stores.select("store", "name"), on="store", how="left", maintain_order="left").select(
        pl.coalesce("name", "store").alias("name"), "message"
    )


def closing_words(
    head: pl.DataFrame, best: pl.DataFrame, places: Mapping[str, Path], findings: int, errors: int, settings: Settings,
    against: pl.DataFrame,
) -> str:  # fmt: skip
    """Return the closing lines; every figure with its band, or the reason why there is none.

    `against`: the stores whose meters contradict each other, see `contradicted`.
    """
    out = [""]
    placebos = {project.id for project in settings.project if project.placebo}
    if settings.synthetic:
        out.append("SYNTETISKA DATA: anläggningen är påhittad.")
    several = head["project"].n_unique() > 1
    for row in head.iter_rows(named=True):
        name = (f"{row['project']}: " if several else "") + text.code("key", row["key"])
        if text.is_absent(row["value"]):
            out.append(f"{name} ({row['period_text']}): {text.cannot_assess(row['reason'])}")
            continue
        figure = text.figure(row["value"], row["unit"], settings.amount_unit)
        band = text.band(row["low"], row["high"], row["unit"], settings.amount_unit)
        placebo = row["project"] in placebos
        said = f"{honesty.beside(row['value'], row['low'], row['high'], placebo)} {honesty.also(row, placebo)}"
        out.append(f"{name} ({row['period_text']}): {figure}, {band}. {said}".rstrip())
    from dashboards.pages import parts

    for row in best.iter_rows(named=True):
        worth = parts.saving(row, settings.amount_unit)
        out.append(f"Bästa åtgärd nu: {clean(row['title'])}, omkring {worth}")
    if best.is_empty():
        out.append("Ingen åtgärd med belopp föreslås.")
    out += [
        f"{clean(row['name'])}: {text.cannot_assess(clean(row['message']))}" for row in against.iter_rows(named=True)
    ]
    out.append(f"{findings} iakttagelser om data, varav {errors} fel: energibok quality")
    out += [f"{name}: {path}" for name, path in places.items()]
    return "\n".join(out)
