"""Rules of invoices: what the audit found, registered with its value. One file each."""

from __future__ import annotations

from types import ModuleType

from energy.measures.invoice import duplicate_invoice

__all__ = ["RULES"]

RULES: tuple[ModuleType, ...] = (duplicate_invoice,)
