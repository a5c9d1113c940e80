"""What the made-up facility has decided on its measures, as its staff keep it: one that is done."""

from __future__ import annotations

from energy.demo import plan

PUMP = f"measure:{plan.FACILITY}:brine_pump_at_full_speed:{plan.EL_BRINE}"
PROMISED_SEK = 60_000


def decisions() -> bytes:
    """Return the decisions as CSV, with the headings of the workbook's sheet «Beslut»."""
    head = "Åtgärdsnyckel;Rubrik;Besparing per år (SEK);Beslut;Beslutat den;Ansvarig roll;Startar den;"
    head += "Beslutad kostnad (SEK);Anteckning"
    title, why = "Varvtalsstyrd köldbärarpump", "frekvensomriktare, ryms i driftbudgeten"
    rows = (
        f"{PUMP};{title};{PROMISED_SEK};genomför;{plan.BRINE_DECIDED};driftchef;{plan.BRINE_SPEED_FROM};45000;{why}",
        f"{PUMP};{title};{PROMISED_SEK};klar;{plan.BRINE_SPEED_FROM};driftchef;{plan.BRINE_SPEED_FROM};45000;{why}",
    )
    return ("\ufeff" + "\n".join((head, *rows)) + "\n").encode()
