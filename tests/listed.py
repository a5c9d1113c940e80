"""Price lists of tests: the head that every list has, so that a test writes only what it is about."""

from __future__ import annotations


def head(
    key: str, carrier: str, first: str, end: str, *, family: str | None = None, name: str | None = None, notes: str = ""
) -> str:
    """Return the head of a made-up list in TOML: excluding VAT, in normal time, valid from `first` up to `end`."""
    return f"""
id = "{key}"
family = "{family or key}"
name = "{name or key}"
carrier = "{carrier}"
valid_from = {first}
valid_to = {end}
vat = "excluded"
clock = "normal_time"
source = "påhittad lista för test"
synthetic = true
notes = "{notes}"
"""
