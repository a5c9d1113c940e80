"""What a differing line would have cost another way: another list, band, tax rate, with VAT, on other days.

An alternative explains a line when it comes as near the invoiced amount as `Criteria.explained_sek` says. All lines are
tried at once: their bill rows are joined with the price book, and the sums over a line's months compared.
"""

from __future__ import annotations

import polars as pl

from energy.audit.components import tax_rates
from energy.audit.criteria import Criteria
from energy.audit.lines import PERIOD
from energy.audit.words import kr, number

__all__ = ["explained", "pieces_of", "same_price"]

_FOUND = ("row", "rank", "verdict", "why", "alternative_sek")
_BOOK = ("list_name", "order", "label", "place", "band", "above", "up_to", "fixed", "price", "time", "is_banded")


def pieces_of(lines: pl.DataFrame, bill_rows: pl.DataFrame, book: pl.DataFrame) -> pl.DataFrame:
    """Return the bill rows (`piece`) of every line, with their own price and the quantity at the invoice's size.

    `lines` has row, PERIOD, of_component, label, `ratio` (invoiced / recomputed quantity) and amount_sek. `own` is the
    piece's price by its own list for a whole month [SEK], null where the book has none; `asked` the quantity asked for.
    """
    mine = lines.select("row", *PERIOD, pl.col("of_component").alias("component"), "label", "ratio", "amount_sek")
    parts = bill_rows.select(
        *PERIOD, "component", "label", "month", "price_list", "quantity", pl.col("amount_sek").alias("piece_sek")
    )
    pieces = (
        mine.join(parts, on=[*PERIOD, "component", "label"])
        .with_row_index("piece")
        .with_columns(
            asked=pl.col("quantity") * pl.col("ratio"), calendar_month=pl.col("month").dt.month().cast(pl.Int64)
        )
    )
    own = pieces.join(book, on=["price_list", "component", "label", "calendar_month"], how="left")
    kept = own.filter(pl.col("band").is_null() | _inside("quantity", "")).unique(
        "piece", keep="first", maintain_order=True
    )
    return kept.with_columns(own=(pl.col("fixed") + pl.col("price") * pl.col("quantity")) * _share("time"))


def _inside(quantity: str, suffix: str) -> pl.Expr:
    """Return whether a quantity lies in the band, its upper edge included; prices without bands hold everything."""
    above, up_to, band = (pl.col(f"{name}{suffix}") for name in ("above", "up_to", "band"))
    over = above.is_null() | (pl.col(quantity) > above) | ((band == 0) & (pl.col(quantity) >= above))
    return (over & (up_to.is_null() | (pl.col(quantity) <= up_to))).fill_null(value=False)


def _share(time: str) -> pl.Expr:
    """Return the part of a year's price that falls on the piece's whole month; one where the price has no year."""
    year = pl.when(pl.col("month").dt.is_leap_year()).then(366).otherwise(365)
    by_days = pl.col("month").dt.days_in_month() / year
    return pl.when(pl.col(time) == "days").then(by_days).when(pl.col(time) == "year").then(1 / 12).otherwise(1.0)


def _priced(pieces: pl.DataFrame, book: pl.DataFrame, on: list[str]) -> pl.DataFrame:
    """Return every piece with every alternative price in `book`, worth `alternative_sek` at the quantity asked for."""
    others = book.select(*(c for c in dict.fromkeys((*on, "price_list")) if c in book.columns),
                         *(pl.col(c).alias(f"{c}_alt") for c in _BOOK)).rename(
        {} if "price_list" in on else {"price_list": "price_list_alt"}
    )  # fmt: skip
    joined = pieces.join(others, on=on)
    value = (pl.col("fixed_alt") + pl.col("price_alt") * pl.col("asked")) * _share("time_alt")
    return joined.with_columns(
        alternative_sek=pl.when(pl.col("own") != 0).then(pl.col("piece_sek") * value / pl.col("own")).otherwise(value)
    )


def same_price(lines: pl.DataFrame, pieces: pl.DataFrame, book: pl.DataFrame) -> pl.DataFrame:
    """Return (row, linear_sek, banded_sek): what the invoice's quantity costs by the right list.

    linear: the recomputed amount scaled with the quantity; banded: by the band the invoice's quantity falls in.
    """
    linear = lines.select("row", linear_sek=pl.col("full_sek") * pl.col("ratio"))
    priced = _priced(pieces.filter("is_banded"), book, ["price_list", "component", "calendar_month"])
    banded = priced.filter(pl.col("label") == pl.col("label_alt"), _inside("asked", "_alt"))
    return linear.join(banded.group_by("row").agg(banded_sek=pl.col("alternative_sek").sum()), on="row", how="left")


def explained(lines: pl.DataFrame, pieces: pl.DataFrame, book: pl.DataFrame, rules: Criteria) -> pl.DataFrame:
    """Return (row, verdict, why) of the lines whose amount another price explains, the likeliest one a line.

    Tried in this order: another tax rate, VAT in the price, another list of the family (the nearest in time first),
    another band, other days.
    """
    tries = [
        _taxes(lines, pieces), _vat(lines, rules), _lists(pieces, book), _bands(pieces, book), _days(lines, pieces),
    ]  # fmt: skip
    found = pl.concat([one.select(*_FOUND) for one in tries]).join(lines.select("row", "amount_sek"), on="row")
    error = (pl.col("amount_sek") - pl.col("alternative_sek")).abs()
    fitting = found.with_columns(error=error).filter(pl.col("error") <= rules.explained_sek(pl.col("amount_sek")))
    return (
        fitting.sort("row", "rank", "error", "why")
        .unique("row", keep="first", maintain_order=True)
        .drop("rank", "error")
    )


def _as_found(frame: pl.DataFrame, rank: pl.Expr, verdict: str, why: pl.Expr) -> pl.DataFrame:
    typed = frame.with_columns(
        rank=rank.cast(pl.Int64), verdict=pl.lit(verdict), why=why.cast(pl.String),
        alternative_sek=pl.col("alternative_sek").cast(pl.Float64),
    )  # fmt: skip
    return typed.select(*_FOUND)


def _taxes(lines: pl.DataFrame, pieces: pl.DataFrame) -> pl.DataFrame:
    """Return every tax line at every rate there has been."""
    taxed = lines.filter(pl.col("of_component") == "tax").select(
        "row", "period_start", "bill_unit", kwh=pl.col("full_quantity") * pl.col("ratio")
    )
    right = pl.col("valid_from").filter(pl.col("valid_from") <= pl.col("period_start")).max().over("row")
    every = taxed.join(tax_rates(), how="cross").with_columns(
        alternative_sek=pl.col("kwh") * pl.col("sek_per_kwh"), right_from=right
    )
    right_rate = pl.col("sek_per_kwh").filter(pl.col("valid_from") == pl.col("right_from")).first().over("row")
    why = pl.format(
        "energiskatten är räknad med {} öre/kWh, som gällde från {}; för perioden gäller {} öre/kWh från {}",
        number(pl.col("sek_per_kwh") * 100, 1), pl.col("valid_from").cast(pl.String),
        number(right_rate * 100, 1), pl.col("right_from").cast(pl.String),
    )  # fmt: skip
    return _as_found(every, pl.lit(1), "wrong_tax", why)


def _vat(lines: pl.DataFrame, rules: Criteria) -> pl.DataFrame:
    with_vat = lines.with_columns(percent=rules.vat_percent(pl.coalesce("period_start", "issue_date"))).with_columns(
        alternative_sek=pl.col("full_sek") * pl.col("ratio") * (1 + pl.col("percent") / 100)
    )
    why = pl.format(
        "beloppet innehåller redan {} % moms, som sedan läggs på en gång till", number(pl.col("percent"), 0)
    )
    return _as_found(with_vat, pl.lit(2), "vat", why)


def _lists(pieces: pl.DataFrame, book: pl.DataFrame) -> pl.DataFrame:
    """Return every line by every other list of its family, all its months moved as many lists back or forth."""
    priced = _priced(pieces.filter(pl.col("own").is_not_null()), book, ["family", "component", "calendar_month"])
    other = priced.filter(pl.col("order_alt") != pl.col("order"), _inside("asked", "_alt"))
    exact = pl.col("label") == pl.col("label_alt")
    named = exact.any().over("piece", "order_alt")  # a list that has renamed its parts: the same place in the list
    chosen = other.filter(exact | (~named & (pl.col("place") == pl.col("place_alt")))).with_columns(
        offset=pl.col("order_alt") - pl.col("order")
    )
    count = pieces.group_by("row").agg(pieces=pl.len())
    names = {c: pl.col(c).sort().unique(maintain_order=True).str.join(", ") for c in ("list_name", "list_name_alt")}
    sums = chosen.group_by("row", "offset").agg(
        pl.col("alternative_sek").sum(), held=pl.len(), other=names["list_name_alt"], own_name=names["list_name"]
    ).join(count, on="row").filter(pl.col("held") == pl.col("pieces"))  # fmt: skip
    why = pl.format("priset är det i prislistan {}; för perioden gäller {}", pl.col("other"), pl.col("own_name"))
    return _as_found(sums, 300 + pl.col("offset").abs(), "wrong_price_list", why)


def _bands(pieces: pl.DataFrame, book: pl.DataFrame) -> pl.DataFrame:
    """Return every line by each other band of its own list."""
    priced = _priced(pieces.filter("is_banded"), book, ["price_list", "component", "calendar_month"])
    other = priced.filter(pl.col("label") == pl.col("label_alt"), pl.col("band") != pl.col("band_alt"))
    sums = other.group_by("row", "band_alt").agg(
        pl.col("alternative_sek").sum(),
        *(pl.col(c).first() for c in ("above", "up_to", "above_alt", "up_to_alt", "asked")),
    )
    why = pl.format(
        "priset är det för bandet {}; {} hör till bandet {}",
        _band("_alt"), number(pl.col("asked"), 3) + pl.lit(" kW"), _band(""),
    )  # fmt: skip
    return _as_found(sums, 400 + pl.col("band_alt"), "wrong_band", why)


def _band(suffix: str) -> pl.Expr:
    above, up_to = pl.col(f"above{suffix}"), pl.col(f"up_to{suffix}")
    return (
        pl.when(up_to.is_null()).then(pl.lit("över ") + number(above, 0))
        .otherwise(number(above, 0) + pl.lit("–") + number(up_to, 0))
    ) + pl.lit(" kW")  # fmt: skip


def _days(lines: pl.DataFrame, pieces: pl.DataFrame) -> pl.DataFrame:
    """Return fees spread over time as if the period had had the days of another month, or been several months."""
    timed = pieces.filter(pl.col("time").is_in(["days", "year", "month"])).select("row").unique()
    own = (pl.col("period_end") - pl.col("period_start")).dt.total_days() + 1
    asked = lines.join(timed, on="row").with_columns(days=own, base=pl.col("full_sek") * pl.col("ratio"))
    others = pl.DataFrame({"other": [28, 29, 30, 31, 60, 61, 62, 90, 91, 92, 181, 182, 183, 184, 365, 366]})
    by_days = (
        asked.join(others, how="cross")
        .filter(pl.col("other") != pl.col("days"))
        .with_columns(alternative_sek=pl.col("base") * pl.col("other") / pl.col("days"))
    )
    told = pl.format("avgiften är räknad på {} dagar; perioden har {}", pl.col("other"), pl.col("days"))
    times = pl.DataFrame({"times": [2, 3, 4, 6, 12]})
    by_times = asked.join(times, how="cross").with_columns(alternative_sek=pl.col("base") * pl.col("times"))
    often = pl.format("avgiften är räknad {} gånger för perioden: {} per gång", pl.col("times"), kr(pl.col("base")))
    return pl.concat([
        _as_found(by_days, pl.lit(510), "wrong_period", told), _as_found(by_times, pl.lit(505), "wrong_period", often),
    ])  # fmt: skip
