"""The price lists and tax rates that ship inside the package. They are data of the program, read like its code."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

from energy.model import PriceList
from energy.tariffs.pricelist import read_price_list


def package_text(name: str) -> str:
    """Return the text of a data file beside this module."""
    return files(__package__).joinpath(name).read_text(encoding="utf-8")


@cache
def published_price_lists() -> tuple[PriceList, ...]:
    """Return every published price list in `lists/`, in order of file name."""
    found = sorted(
        (entry for entry in files(__package__).joinpath("lists").iterdir() if entry.name.endswith(".toml")),
        key=lambda entry: entry.name,
    )
    return tuple(read_price_list(entry.read_text(encoding="utf-8"), entry.name) for entry in found)
