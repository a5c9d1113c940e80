"""The made-up marts, the site built from them once, and the hostile marts."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import polars as pl
import pytest

from dashboards.conform import dtype
from dashboards.options import SiteOptions
from dashboards.schema import MARTS
from dashboards.site import build

OPTIONS = SiteOptions(
    organisation="Exempelkommunen",
    synthetic=True,
    generated_text="Skapad 2024-01-04 06:12.",
    workbook_href="energibok.xlsx",
    letter_href="brev.pdf",
)
HOSTILE = '<script>alert(1)</script>"><img src=x onerror=alert(2)>=1+1 #import "x": * {{ 7*7 }} & \'«å»'


def _module(name: str) -> ModuleType:
    path = Path(__file__).with_name(f"{name}.py")
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec and spec.loader
    module = sys.modules[name] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def marts() -> dict[str, pl.DataFrame]:
    """Return the marts of the made-up sports centre."""
    _module("marts_base")
    _module("marts_money")
    _module("marts_events")
    _module("marts_year")
    _module("marts_economics")
    _module("marts_register")
    _module("marts_storage")
    _module("marts_optimum")
    found: dict[str, pl.DataFrame] = _module("marts_fixture").build()
    return found


@pytest.fixture(scope="session")
def options() -> SiteOptions:
    """Return the options the fixtures are shown with."""
    return OPTIONS


@pytest.fixture(scope="session")
def site(marts: dict[str, pl.DataFrame]) -> dict[str, str]:
    """Return the site of the made-up sports centre as text."""
    return {path: str(content) for path, content in build(marts, OPTIONS).items()}


@pytest.fixture(scope="session")
def hostile(marts: dict[str, pl.DataFrame]) -> dict[str, pl.DataFrame]:
    """Return the same marts with every free text, code and key replaced by a hostile one."""
    keep = {"facility", "project", "metering_point", "measure_key", "carrier", "phase", "period", "step", "component",
            "unit", "contract_kind"}  # fmt: skip
    found = {}
    for name, frame in marts.items():
        texts = [c for c, k in MARTS[name].items() if dtype(k) == pl.String and c not in keep and c in frame.columns]
        found[name] = frame.with_columns(pl.lit(HOSTILE).alias(c) for c in texts)
    evil = {"facility": HOSTILE, "project": HOSTILE + "p", "metering_point": HOSTILE + "m"}
    return {name: frame.with_columns(pl.lit(v).alias(c) for c, v in evil.items() if c in frame.columns)
            for name, frame in found.items()}  # fmt: skip
