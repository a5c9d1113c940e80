"""Which credit gives back which claim: every krona of a credit is counted once, on the claim that it names or fits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from energy.measures.assumptions import assumption
from energy.measures.registered.base import plain_key

__all__ = ["Claim", "Credit", "shared"]


@dataclass(frozen=True)
class Claim:
    """A claim on an invoice: from which day a credit counts, what is to be had back, and what the audit has settled."""

    key: str  # measure:facility:rule:meter:supplier:invoice (:year of a number used again), as `claim_key` writes it
    facility: str
    metering_point: str | None
    since: date | None
    promised_sek: float | None
    settled_sek: float | None = None  # [SEK] what the audit already counts as had back

    def back(self) -> float | None:
        """Return what is to be given back [SEK]: what the audit has settled, else what was promised."""
        return self.promised_sek if self.settled_sek is None else self.settled_sek

    def invoice(self) -> tuple[str, ...]:
        """Return the supplier, the number of its invoice and the year of one used again, as the key has them."""
        return tuple(self.key.split(":")[4:])


@dataclass(frozen=True)
class Credit:
    """What one credit note gives back on one meter [SEK, positive]; `references` the invoices it names.

    `years` number -> the year of the invoice that is meant, for numbers that the supplier has used again.
    """

    supplier_id: str
    references: tuple[str, ...]
    facility: str | None  # None where the note names no meter that is known
    metering_point: str | None
    issue_date: date
    amount_sek: float
    years: Mapping[str, int] = field(default_factory=dict)

    def names(self, claim: Claim) -> bool:
        """Return whether the note is of the claim's supplier and names its invoice, and no other meter than its."""
        named = claim.invoice() in [self._invoice(one) for one in self.references]
        same = None in (self.metering_point, claim.metering_point) or self.metering_point == claim.metering_point
        return named and same and self._counts(claim)

    def fits(self, claim: Claim) -> bool:
        """Return whether a note that names no invoice gives back the claim's amount, on its meter, of its supplier."""
        back = claim.back()
        if self.references or not back or claim.invoice()[:1] != (plain_key(self.supplier_id),):
            return False
        near = (1.0 - assumption("verification", "credited_share").central) * back
        same = self.metering_point == claim.metering_point
        return same and abs(self.amount_sek - back) <= near and self._counts(claim)

    def _invoice(self, number: str) -> tuple[str, ...]:
        again = (str(self.years[number]),) if number in self.years else ()
        return (plain_key(self.supplier_id), plain_key(number), *again)

    def _counts(self, claim: Claim) -> bool:
        return (claim.since is None or self.issue_date >= claim.since) and self.facility in (None, claim.facility)


def shared(claims: Sequence[Claim], credits: Sequence[Credit]) -> Mapping[str, list[float]]:
    """Return key -> what of the credits gives the claim back [SEK], for the claims that the audit has not settled.

    A note that names an invoice is shared over the claims on it in order of key, each at most its promise: first what
    the audit has settled with it, last a claim without a promise, which takes what is left. A note without reference
    is one claim's, the first that it fits, where no note names its invoice. `credits` in the order they are used.
    """
    left = [one.amount_sek for one in credits]
    found: dict[str, list[float]] = {one.key: [] for one in sorted(claims, key=_order)}
    for claim in sorted(claims, key=_order):
        back, given = claim.back(), found[claim.key]
        for n, credit in enumerate(credits):
            part = left[n] if back is None else min(left[n], back - sum(given))
            if part > 0 and credit.names(claim):
                given.append(part)
                left[n] -= part
    for claim in sorted((one for one in claims if not found[one.key]), key=_order):
        whole = (n for n, credit in enumerate(credits) if left[n] == credit.amount_sek and credit.fits(claim))
        used = next(whole, None)
        if used is not None:
            found[claim.key], left[used] = [left[used]], 0.0
    return {one.key: found[one.key] for one in claims if one.settled_sek is None}


def _order(claim: Claim) -> tuple[bool, bool, str]:
    return claim.settled_sek is None, claim.promised_sek is None, claim.key
