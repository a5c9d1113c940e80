"""How every chart looks: colours that pass 3:1 on white and on near-black, fonts, Swedish locales, SVG writing."""

from __future__ import annotations

import re
from html import escape
from typing import Any

import altair as alt
import vl_convert as vlc

from dashboards.text import MONTHS, SHORT_MONTHS

BLUE, VERMILION, GREEN, PURPLE, GREY = "#0072B2", "#D55E00", "#009E73", "#CC79A7", "#6B6B6B"
PALETTE = (BLUE, VERMILION, GREEN, PURPLE, GREY)
FONT = "Segoe UI, Helvetica Neue, Arial, Liberation Sans, sans-serif"
INK = "currentColor"  # follows the page into dark mode; print and letter replace it by a fixed colour
WIDE, NARROW = 760, 330  # pixels: the two drawings of each chart, one shown at a time

NUMBER_LOCALE: dict[str, Any] = {
    "decimal": ",", "thousands": "\u00a0", "grouping": [3], "currency": ["", "\u00a0kr"], "minus": "\u2212",
}  # fmt: skip
TIME_LOCALE: dict[str, Any] = {
    "dateTime": "%A den %d %B %Y %X", "date": "%Y-%m-%d", "time": "%H:%M:%S", "periods": ["fm", "em"],
    "days": ["söndag", "måndag", "tisdag", "onsdag", "torsdag", "fredag", "lördag"],
    "shortDays": ["sön", "mån", "tis", "ons", "tor", "fre", "lör"],
    "months": list(MONTHS), "shortMonths": list(SHORT_MONTHS),
}  # fmt: skip


def config(size: int = 13) -> dict[str, Any]:
    """Return the Vega-Lite configuration of the house; `size` is the text size in pixels."""
    text = {"labelFont": FONT, "titleFont": FONT, "labelFontSize": size, "titleFontSize": size,
            "labelColor": INK, "titleColor": INK, "titleFontWeight": "normal"}  # fmt: skip
    return {
        "aria": False,  # the figure carries one Swedish sentence; Vega's own texts are English
        "background": "transparent",
        "font": FONT,
        "padding": 4,
        "view": {"stroke": None},
        "axis": {**text, "grid": True, "gridColor": INK, "gridOpacity": 0.14, "domainColor": INK, "domainOpacity": 0.5,
                 "tickColor": INK, "tickOpacity": 0.5, "titlePadding": 8, "labelPadding": 5, "labelLimit": 260},
        "header": {**text, "titleFontSize": size, "labelFontWeight": "bold"},
        "title": {"font": FONT, "color": INK, "anchor": "start", "fontSize": size},
        "text": {"font": FONT, "fontSize": size, "color": INK, "fill": INK},
        "range": {"category": list(PALETTE)},
        "line": {"strokeWidth": 2},
        "bar": {"color": BLUE},
        "rule": {"color": INK},
    }  # fmt: skip


def svg(chart: alt.TopLevelMixin, size: int = 13) -> str:
    """Return the chart as SVG text with Swedish numbers and months, to a tenth of a pixel. Nothing is fetched."""
    text: str = vlc.vegalite_to_svg(
        chart.to_dict(validate=False),
        config=config(size),
        format_locale=NUMBER_LOCALE,
        time_format_locale=TIME_LOCALE,
        allowed_base_urls=[],
    )
    return re.sub(r"-?\d+\.\d{2,}", lambda found: f"{float(found.group()):.1f}".removesuffix(".0"), text)


def inline(text: str, alt_text: str, prefix: str) -> str:
    """Return SVG text fit for a page: one image with its sentence, ids made unique by `prefix`, no addresses in it."""
    body = re.sub(r' xmlns(:\w+)?="[^"]*"', "", text)
    body = re.sub(r' (aria-[\w-]+|role)="[^"]*"', "", body)
    body = re.sub(r'\bid="([\w-]+)"', rf'id="{prefix}-\1"', body)
    body = re.sub(r'url\((?:&quot;|")?#([\w-]+)(?:&quot;|")?\)', rf"url(#{prefix}-\1)", body)
    return body.replace("<svg ", f'<svg role="img" aria-label="{escape(alt_text, quote=True)}" focusable="false" ', 1)


def svg_for_paper(text: str) -> str:
    """Return the drawing with the names an SVG file needs outside a page; "" for no drawing."""
    return (
        text if not text or " xmlns=" in text else text.replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" ', 1)
    )


def fixed(text: str, ink: str = "#1b1b1b", font: str = "Libertinus Serif") -> str:
    """Return SVG text for paper: the page's ink replaced by one colour, and the font by one the letter embeds."""
    return text.replace("currentColor", ink).replace(FONT, font)
