"""Which component a line is: by kind, unit, name, quantity and amount, and never twice the same."""

from __future__ import annotations

from datetime import date

import polars as pl
import pytest

from energy.audit.lines import prepare
from energy.audit.match import match, similarity
from tests.audit import world as w

MONTH = date(2023, 1, 1)


def parts() -> pl.DataFrame:
    """Return components of one month: spot price, markup and certificates, two powers and a fee."""
    rows = [
        ("energy", "Spotpris", 1000.0, 900.0), ("energy", "Påslag", 1000.0, 29.0),
        ("energy", "Elcertifikat", 1000.0, 1.0), ("fixed", "Månadsavgift", 1.0, 55.0),
        ("demand", "Månadseffekt", 40.0, 1800.0), ("demand", "Höglasteffekt", 36.0, 2300.0),
    ]  # fmt: skip
    frame = pl.DataFrame(rows, schema=["component", "label", "quantity", "amount_sek"], orient="row")
    unit = pl.col("component").replace_strict({"energy": "kWh", "fixed": "st", "demand": "kW"})
    return frame.with_columns(
        unit=unit, metering_point=pl.lit(w.GRID), contract_kind=pl.lit("grid"), period_start=pl.lit(MONTH),
        period_end=pl.lit(date(2023, 1, 31)),
    ).with_row_index("part")  # fmt: skip


def lines(*rows: tuple[str, str, float, str, float]) -> pl.DataFrame:
    """Return prepared lines of one invoice: item, component, quantity, unit, amount."""
    base = w.right().filter(pl.col("invoice_no") == "grid-2023-01").head(1)
    made = [
        base.with_columns(
            item=pl.lit(item), component=pl.lit(kind), line_class=pl.lit(kind), quantity=pl.lit(quantity),
            unit=pl.lit(unit), amount_sek=pl.lit(amount), line_id=pl.lit(str(n)), row_no=pl.lit(n),
        )
        for n, (item, kind, quantity, unit, amount) in enumerate(rows)
    ]  # fmt: skip
    found = pl.concat(made, how="vertical_relaxed")
    return prepare(found, w.heads(found))


def labels(found: pl.DataFrame) -> dict[str, str]:
    """Return item -> label of what was matched."""
    pairs = (
        match(found, parts())
        .join(found.select("row", "item"), on="row")
        .join(parts().select("part", "label"), on="part")
    )
    return dict(pairs.select("item", "label").iter_rows())


def test_components_of_one_kind_are_told_apart_by_name() -> None:
    found = labels(lines(
        ("Rörligt spotpris jan", "energy", 1000, "kWh", 950), ("Fast påslag", "energy", 1000, "kWh", 31),
        ("Elcertifikatavgift", "energy", 1000, "kWh", 1.2),
    ))  # fmt: skip
    assert found == {"Rörligt spotpris jan": "Spotpris", "Fast påslag": "Påslag", "Elcertifikatavgift": "Elcertifikat"}


def test_and_by_amount_where_names_say_nothing() -> None:
    found = labels(lines(("Energi A", "energy", 1000, "kWh", 900), ("Energi B", "energy", 1000, "kWh", 29)))
    assert found == {"Energi A": "Spotpris", "Energi B": "Påslag"}


def test_a_line_of_no_component_is_left_alone() -> None:
    assert labels(lines(("Effektreserv", "energy", 1000, "kWh", 7))) == {}
    assert labels(lines(("Serviceavtal", "other", 1, "st", 200))) == {}
    assert labels(lines(("Månadseffekt", "demand", 40, "kWh", 1800))) == {}  # kilowatt hours are no power


def test_each_component_is_taken_once_and_the_better_line_takes_it() -> None:
    found = labels(lines(("Effektavgift", "demand", 99, "kW", 1), ("Månadseffekt", "demand", 40, "kW", 1800)))
    assert found["Månadseffekt"] == "Månadseffekt"
    assert list(found.values()).count("Månadseffekt") == 1


def test_two_documents_may_hold_the_same_component() -> None:
    one = lines(("Månadsavgift", "fixed", 1, "mån", 55))
    two = one.with_columns(document=pl.lit("other"), row=pl.col("row") + 1)
    assert match(pl.concat([one, two]), parts())["part"].to_list() == [3, 3]


@pytest.mark.parametrize(
    ("one", "other", "low", "high"),
    [("Effekt", "effekt", 1, 1), ("Effektavgift", "Effekt", 0.5, 1), ("Energi", "Flöde", 0, 0.1), (None, "Flöde", 0, 0),
     ("", "", 0, 0)],
)  # fmt: skip
def test_similarity_of_names(one: str | None, other: str, low: float, high: float) -> None:
    assert low <= similarity(one, other) <= high
    assert similarity(one, other) == similarity(other, one)
