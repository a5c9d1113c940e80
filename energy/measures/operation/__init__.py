"""Rules of operation: what runs when it should not. One file each."""

from __future__ import annotations

from types import ModuleType

from energy.measures.operation import closed_hours_base_load, heat_bought_while_rejecting

__all__ = ["RULES"]

RULES: tuple[ModuleType, ...] = (closed_hours_base_load, heat_bought_while_rejecting)
