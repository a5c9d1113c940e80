"""Rules of the energy store and its heat pump. One file each."""

from __future__ import annotations

from types import ModuleType

__all__ = ["RULES"]

RULES: tuple[ModuleType, ...] = ()
