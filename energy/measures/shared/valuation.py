"""What a changed load would have cost: the bill run with and without the change, by month and component.

Never an average price. The change is made in the whole load, history included, so that a power billed over a rolling
window shows its lasting effect in every month valued.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from energy.errors import TariffError
from energy.measures.assumptions import assumption
from energy.measures.base import MeasureContext
from energy.measures.shared.days import sv, uncapital
from energy.model import BilledComponent, BillingContext, Contract, Floats, Load
from energy.tariffs.bill import bill

__all__ = ["Difference", "another_year", "bill_of", "combine", "difference", "differences", "whole_months"]

Key = tuple[str, str, str]  # month, component, label
POWER = ("demand", "overrun", "fixed", "reactive")  # what does not follow the single kilowatt-hour


@dataclass(frozen=True)
class Difference:
    """Cost without the change minus cost with it, over the months valued. Arrays are (k,) [SEK excl. VAT]."""

    saving_sek: Floats
    by_label: Mapping[str, Floats]
    unpriced: tuple[str, ...]  # what could not be priced, in Swedish; not part of the saving
    posts: Mapping[str, tuple[int, int]]  # component -> (month posts priced, all month posts)
    left_out: frozenset[str] = frozenset()  # months of which only powers and fixed parts are counted

    def reason(self, *components: str) -> str | None:
        """Return why the difference must not be shown, in Swedish, None where enough of the bill could be priced.

        Only the posts of `components` count, where given: those the measure is about.
        """
        asked = [count for name, count in self.posts.items() if not components or name in components]
        priced, posts = sum(count[0] for count in asked), sum(count[1] for count in asked)
        if posts and priced >= assumption("common", "minimum_coverage").central * posts:
            return None
        first = self.unpriced[0] if self.unpriced else "ingen prislista gäller"
        if self.left_out:
            first = f"energins pris är inte känt i {', '.join(sorted(self.left_out))}"
        return f"bara {priced} av {posts} poster på räkningen kan räknas fram ({first})."

    def text(self) -> str:
        """Return the Swedish sentence naming the components that change and those left out."""
        parts = ", ".join(
            f"{uncapital(label)} {sv(float(amount[0]))} kr"
            for label, amount in self.by_label.items()
            if abs(float(amount[0])) >= 1.0
        )
        posts = "post" if len(self.unpriced) == 1 else "poster"
        left_out = f" {len(self.unpriced)} {posts} kunde inte prissättas och ingår inte." if self.unpriced else ""
        if self.left_out:
            months = ", ".join(sorted(self.left_out))
            left_out += f" Av {months} räknas bara effekt och fasta delar: energins pris är inte känt."
        return f"Skillnaden per del: {parts or 'ingen'}.{left_out}"


def bill_of(
    context: MeasureContext, load: Load, contracts: Sequence[Contract] | None = None
) -> Sequence[BilledComponent]:
    """Return the bill of a load of the facility over the months valued, under its own contracts or other ones.

    Raises TariffError.
    """
    asked = context.contracts if contracts is None else contracts
    contracts = [found for found in asked if found.metering_point == load.metering_point]
    if not contracts:
        raise TariffError(f"mätpunkt {load.metering_point} har inget avtal.")
    billing = context.billing.get(load.metering_point, BillingContext())
    return bill(load, contracts, context.price_lists, context.months, billing)


def _sums(components: Sequence[BilledComponent]) -> dict[Key, Floats]:
    sums: dict[Key, Floats] = {}
    for found in components:
        key = (found.month.isoformat()[:7], found.component, found.label)
        sums[key] = sums[key] + found.amount_sek if key in sums else found.amount_sek
    return sums


def differences(pairs: Sequence[tuple[Sequence[BilledComponent], Sequence[BilledComponent]]]) -> list[Difference]:
    """Return what one change saves on several bills, each told without it and with it.

    A month whose energy part is unknown on any of them counts on none, but for powers and fixed parts: heat that is
    saved with electricity of unknown price would else seem to cost nothing.
    """
    unknown = frozenset(
        one.month.isoformat()[:7]
        for bills in pairs
        for one in (*bills[0], *bills[1])
        if one.component == "energy" and not np.isfinite(one.amount_sek).all()
    )
    return [difference(without, changed, unknown) for without, changed in pairs]


def difference(
    without: Sequence[BilledComponent], changed: Sequence[BilledComponent], left_out: frozenset[str] = frozenset()
) -> Difference:
    """Return what the change saves: the bill `without` it (k = 1) minus the `changed` one (k), where both are known.

    Of the months `left_out` only powers and fixed parts count.
    """
    before, after = _sums(without), _sums(changed)
    reasons = {f"{c.month.isoformat()[:7]} {c.label}": c.reason for c in (*without, *changed) if c.reason}
    by_label: dict[str, Floats] = {}
    posts: dict[str, tuple[int, int]] = {}
    total: Floats = np.zeros(1)
    unpriced: list[str] = []
    for month, component, label in sorted(set(before) | set(after)):
        key = (month, component, label)
        saved = before.get(key, np.zeros(1)) - after.get(key, np.zeros(1))
        out = month in left_out and component not in POWER
        known = bool(np.isfinite(saved).all()) and not out
        priced, count = posts.get(component, (0, 0))
        posts[component] = (priced + known, count + 1)
        if not known and out:
            continue
        if not known:
            unpriced.append(f"{month} {label}: {reasons.get(f'{month} {label}') or 'kan inte räknas fram'}")
            continue
        by_label[label] = by_label.get(label, np.zeros(1)) + saved
        total = total + saved
    return Difference(total, by_label, tuple(unpriced), posts, left_out)


def whole_months(without: Sequence[BilledComponent], changed: Sequence[BilledComponent]) -> Difference:
    """Return the difference over the months of which both bills are wholly known: for a change of price list.

    Two lists name their posts differently, so that a post unknown under one of them has nothing to be laid beside.
    """
    unknown = {c.month: c for c in (*without, *changed) if not np.isfinite(c.amount_sek).all()}
    months = {c.month for c in (*without, *changed)}
    kept = [[c for c in one if c.month not in unknown] for one in (without, changed)]
    found = difference(kept[0], kept[1])
    told = [f"{m.isoformat()[:7]} {c.label}: {c.reason or 'kan inte räknas fram'}" for m, c in sorted(unknown.items())]
    return Difference(
        found.saving_sek, found.by_label, tuple(told), {"month": (len(months - set(unknown)), len(months))}
    )


def another_year(
    without: Sequence[BilledComponent], changed: Sequence[BilledComponent], rng: np.random.Generator
) -> Floats:
    """Return (1 + draws,) what the change saves [SEK]: as it was, then with the months drawn again in every draw.

    For what happens by chance in some months, and is billed month by month: another year has other months. A month is
    replaced by one with the same posts, so that a winter's price stays in the winter. Posts unknown in either bill are
    left out. Reference: Efron, B. (1979), "Bootstrap methods", Annals of Statistics 7(1), 1-26.
    """
    before, after = _sums(without), _sums(changed)
    saved: dict[str, Floats] = {}
    posts: dict[str, set[tuple[str, str]]] = {}
    for key in sorted(set(before) & set(after)):
        found = before[key] - after[key]
        if np.isfinite(found).all():
            saved[key[0]] = saved.get(key[0], np.zeros(1)) + found
            posts.setdefault(key[0], set()).update([key[1:]] if np.any(before[key] != 0) else [])
    total: Floats = np.sum(list(saved.values()), axis=0) if saved else np.zeros(1)
    again = np.zeros(len(total) - 1)
    for like in dict.fromkeys(frozenset(found) for found in posts.values()):  # a set's order is chance from run to run
        alike = np.array([saved[month][1:] for month, found in posts.items() if found == like])
        picked = rng.integers(len(alike), size=alike.shape)
        again += np.take_along_axis(alike, picked, axis=0).sum(axis=0)
    return np.concatenate((total[:1], again))


def combine(first: Difference, first_name: str, second: Difference, second_name: str) -> Difference:
    """Return the net of two changes at two metering points, whose bills do not touch each other."""
    posts = {
        name: tuple(a + b for a, b in zip(first.posts.get(name, (0, 0)), second.posts.get(name, (0, 0)), strict=True))
        for name in sorted(set(first.posts) | set(second.posts))
    }
    named = {f"{first_name} {uncapital(label)}": amount for label, amount in first.by_label.items()}
    named |= {f"{second_name} {uncapital(label)}": amount for label, amount in second.by_label.items()}
    return Difference(
        first.saving_sek + second.saving_sek,
        named,
        first.unpriced + second.unpriced,
        {name: (count[0], count[1]) for name, count in posts.items()},
        first.left_out | second.left_out,
    )
