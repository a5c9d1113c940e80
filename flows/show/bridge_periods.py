"""What must be said of two periods that are compared: other lengths, other seasons, months without a known cost."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date

Months = Sequence[date]


def remarks(base: Months, reporting: Months, unknown: Collection[date]) -> list[str]:
    """Return the warnings of a comparison, in Swedish; `unknown` are the months whose cost is not known.

    Each ends with the two nearest periods that compare: the longest row of months that both have and know.
    """
    said = []
    if len(base) != len(reporting):
        said.append(
            f"Perioderna är olika långa: {len(base)} månader före och {len(reporting)} efter. Skillnaden "
            "rymmer då även det."
        )
    elif [m.month for m in base] != [m.month for m in reporting]:
        said.append("Perioderna gäller olika delar av året: skillnaden rymmer då även årstiderna.")
    lost = sorted({*base, *reporting} & {*unknown})
    if lost:
        named = ", ".join(f"{m:%Y-%m}" for m in lost[:6]) + (" …" if len(lost) > 6 else "")
        said.append(f"Kostnaden är inte känd för {named}, så inte heller för perioden.")
    pair = comparable(base, reporting, unknown) if said else None
    return [*said, f"Jämförbara perioder: {written(*pair)}"] if pair else said


def comparable(base: Months, reporting: Months, unknown: Collection[date]) -> tuple[Months, Months] | None:
    """Return the longest row of months of `base` and the same calendar months of `reporting`, all known; else None."""
    best: list[tuple[date, date]] = []
    for shift in sorted({12 * (r.year - b.year) for b in base for r in reporting if r.month == b.month}):
        years = shift // 12
        row: list[tuple[date, date]] = []
        for month in base:
            other = month.replace(year=month.year + years)
            row = [*row, (month, other)] if other in reporting and not {month, other} & {*unknown} else []
            best = row if len(row) > len(best) else best
    return ([b for b, _ in best], [r for _, r in best]) if best else None


def written(base: Months, reporting: Months) -> str:
    """Return two periods as the command takes them."""
    return f"--base {base[0]:%Y-%m}:{base[-1]:%Y-%m} --period {reporting[0]:%Y-%m}:{reporting[-1]:%Y-%m}"
