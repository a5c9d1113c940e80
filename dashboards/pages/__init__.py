"""The pages in the order of the menu: file, word of the menu, template, what the template is given."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from dashboards.pages import about, calculation, economy, invoices, measures, month, overview, plant, quality, store
from dashboards.pages.base import View


@dataclass(frozen=True)
class Page:
    """One page of the site."""

    file: str
    word: str
    template: str
    context: Callable[[View], dict[str, Any]]


PAGES: tuple[Page, ...] = (
    Page("index.html", "overview", "overview.html", overview.context),
    Page("manaden.html", "month", "month.html", month.context),
    Page("ekonomi.html", "economy", "economy.html", economy.context),
    Page("projektkalkyl.html", "calculation", "calculation.html", calculation.context),
    Page("fakturor.html", "invoices", "invoices.html", invoices.context),
    Page("anlaggning.html", "facility", "plant.html", plant.context),
    Page("lagret.html", "store", "store.html", store.context),
    Page("atgarder.html", "measures", "measures.html", measures.context),
    Page("datakvalitet.html", "quality", "quality.html", quality.context),
    Page("om.html", "about", "about.html", about.context),
)
