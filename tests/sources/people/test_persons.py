"""What is taken for a person's name in a role or a text, and what is not; nothing of it is repeated."""

from __future__ import annotations

import polars as pl
import pytest

from energy.sources.people.persons import LEFT_OUT, looks_like_person, persons, without_persons


@pytest.mark.parametrize(
    "role",
    ["Anna Svensson", "anna svensson", "Anna", "A. Svensson", "Svensson, Anna", "driftchef Per Olsson",
     "Anna Maria Berg", "Per-Olof Åberg", "anna@staden.se"],
)  # fmt: skip
def test_a_role_that_is_a_person(role: str) -> None:
    assert looks_like_person(role, is_role=True)


@pytest.mark.parametrize(
    "role",
    ["driftchef", "Driftchef hallar", "Syntetisk driftchef", "energicontroller", "chef för kultur och fritid", "VD",
     "enhetschef Bad & Ishall", "Controller, tekniska kontoret", "kimchef"],
)  # fmt: skip
def test_a_role_that_is_none(role: str) -> None:
    assert not looks_like_person(role, is_role=True)


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("Anna Svensson vill vänta", "{} vill vänta"),
        ("beslutat av Per-Olof Åberg i maj", "beslutat av {} i maj"),
        ("enligt Karin M. Lindqvist och Bengt Ek", "enligt {} och {}"),
        ("talade med A. Lundgren", "talade med {}"),
        ("frågan går till Berg, Stina", "frågan går till {}"),
        ("ring 19700101-1234 eller anna@staden.se", "ring {} eller {}"),
        ("Vattenfall Eldistribution byter mätaren i Torvalla Sporthall", None),
        ("ryms i driftbudgeten 2024; Haninge Kommun står för resten", None),
        ("Per månad blir det 40 000 kr, Max effekt sänks", None),
        ("avtal med Stockholm Exergi AB, Region Mitt", None),
        ("Anna ringer", None),  # a name alone in a sentence cannot be told
    ],
)
def test_a_text_loses_the_name_and_nothing_else(text: str, left: str | None) -> None:
    rows = pl.DataFrame({"row_no": [7], "role": ["driftchef"], "note": [text]})
    assert looks_like_person(text) == (left is not None)
    assert without_persons(rows, "role", "note")["note"].item() == (left or text).replace("{}", LEFT_OUT)
    found = persons(rows, "role", "note", "Beslut")
    assert [(f.rule, f.row_no, f.sheet) for f in found] == ([("note_names_person", 7, "Beslut")] if left else [])
    assert all("Svensson" not in f.message for f in found)
