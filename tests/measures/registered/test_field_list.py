"""Every invoice and meter rule of the field's list is covered by something that exists, or is said to be impossible."""

from __future__ import annotations

import re
from pathlib import Path

from energy.audit.rules import POSTED_GROSS, RULES
from energy.measures import MEASURES
from energy.measures.registered import REGISTERED

ROOT = Path(__file__).parents[3]
# code of the list -> what covers it: a rule of the audit or the books, a quality check, or a measure
COVERED = {
    "I1": {"duplicate_invoice", "overlapping_period"},
    "I2": {"wrong_price_list", "wrong_band", "missing_component", "unexplained_difference"},
    "I3": {"missing_credit"},
    "I4": {"estimated_reading"},
    "I5": {"vat_error", "posted_gross"},
    "I6": {"wrong_tax"},
    "I7": {"foreign_meter"},
    "I8": {"wrong_multiplier"},
    "I9": {"one_off_in_operations"},
    "I10": {"wrong_power"},
    "I11": {"period_not_aligned"},
    "M1": {"stuck_meter"},
    "M2": {"values_missing", "register_gap", "implausible_value"},
    "M3": {"unit_suspect"},
    "M4": {"ambiguous_time", "nonexistent_time"},
    "M5": {"negative_values", "register_backwards", "register_replaced"},
    "M6": {"heat_meter_drift"},
    "M7": {"flow_and_return_swapped"},
    "M8": {"submeters_above_main"},
    "M9": {"off_the_hour"},
    "M12": {"outdoor_sensor_in_sun"},
}
# a shift of whole hours changes no sum of a meter and no profile known beforehand: with one meter alone nothing
# in its values tells it, so the clock and the stamp are declared for each source and proven at clock changes (M4)
IMPOSSIBLE = {
    "M10": "the clock of a source is declared (`clock`); nothing but the days of clock change can contradict it",
    "M11": "start or end of the interval is declared (`stamp`); a shift of one interval leaves every sum as it was",
}


def test_every_rule_of_the_list_is_covered_or_impossible() -> None:
    codes = {f"I{n}" for n in range(1, 12)} | {f"M{n}" for n in range(1, 13)}
    assert set(COVERED) | set(IMPOSSIBLE) == codes and not set(COVERED) & set(IMPOSSIBLE)
    registered: dict[str, set[str]] = {}
    for one in REGISTERED:
        registered.setdefault(one.about.code, set()).add(one.id)
    assert registered == COVERED


def test_every_rule_of_the_audit_is_registered_or_a_measure_of_its_own() -> None:
    kinds = {one.id for one in REGISTERED if one.about.code.startswith("I")}
    own = {rule.id for rule in MEASURES}
    assert kinds == (set(RULES) | {POSTED_GROSS}) - own
    assert set(RULES) & own == {"dormant_meter"}


def test_every_check_of_a_meter_is_made_somewhere() -> None:
    """By name in the queries of the core, in a source or in the flows: not in the list of what is registered."""
    places = [ROOT / "sql" / "core", ROOT / "energy" / "sources", ROOT / "flows"]
    texts = [path.read_text("utf-8") for place in places for path in place.rglob("*") if path.suffix in (".sql", ".py")]
    made = {word for text in texts for word in re.findall(r"['\"]([a-z_]+)['\"]", text)}
    assert {rule for code, some in COVERED.items() if code.startswith("M") for rule in some} <= made


def test_titles_are_swedish_and_keys_are_the_rules() -> None:
    assert len({one.id for one in REGISTERED}) == len(REGISTERED)
    assert all(one.title[0].isupper() and not one.title.endswith(".") for one in REGISTERED)
    assert all(one.missing for one in REGISTERED if one.about.code.startswith("M"))
