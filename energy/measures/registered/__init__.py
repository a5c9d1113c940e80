"""What the invoice audit, the books and the quality checks have found, registered as measures: nothing is found here.

A finding of an invoice (I) is money that comes back once; one of a meter (M) has no amount of its own. Both are listed
beside the rules that look for savings, decided on like them, and verified by what arrives: a credit, or that the
deviation is gone.
"""

from __future__ import annotations

from energy.measures.registered.base import Registered
from energy.measures.registered.invoices import INVOICES, claims
from energy.measures.registered.meters import METERS, faults

__all__ = ["REGISTERED", "Registered", "claims", "faults"]

REGISTERED: tuple[Registered, ...] = (*INVOICES, *METERS)
