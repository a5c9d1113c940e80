"""The static site: every page as text, from marts alone. Works from the file system, asks no network for anything."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources import files

import polars as pl
from jinja2 import DictLoader, Environment, StrictUndefined
from markupsafe import Markup

from dashboards import furniture, text
from dashboards.conform import conform
from dashboards.options import SiteOptions
from dashboards.pages import PAGES, Page
from dashboards.pages.base import View, chart_table

__all__ = ["SiteOptions", "build"]


class Site(Mapping[str, str]):
    """The files of a site, relative path -> content; a page is drawn the first time it is asked for."""

    def __init__(self, view: View) -> None:
        self._view = view
        self._pages = {page.file: page for page in PAGES}
        self._templates = environment("base.html", *(page.template for page in PAGES))
        self._made = {"assets/energibok.css": read("assets/energibok.css")}

    def __getitem__(self, path: str) -> str:
        """Return the content of a file. Raises KeyError for a path that the site does not have."""
        if path not in self._made:
            self._made[path] = _render(self._templates, self._pages[path], self._view)
        return self._made[path]

    def __iter__(self) -> Iterator[str]:
        """Return the paths."""
        return iter([*self._pages, "assets/energibok.css"])

    def __len__(self) -> int:
        """Return the number of files."""
        return len(self._pages) + 1


def build(marts: Mapping[str, pl.DataFrame], options: SiteOptions | None = None) -> Site:
    """Return the whole site.

    Marts may be missing or empty and columns may be absent: the page then says what is missing. Every text of a mart is
    hostile until the template has escaped it.
    """
    return Site(View(conform(marts), options or SiteOptions()))


def read(path: str) -> str:
    """Return a text file of the package: style, script, template."""
    return files("dashboards").joinpath(path).read_text(encoding="utf-8")


@cache
def environment(*names: str) -> Environment:
    """Return the templates of these names with the macros they share, read and compiled once; input is escaped."""
    made = Environment(
        loader=DictLoader({name: read(f"templates/{name}") for name in ("macros.html", *names)}),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    # drawings and the house's own script are the only markup that is no template; drawings escape what they put in
    made.filters["trusted"] = Markup
    made.filters["chart_table"] = chart_table
    made.filters["tied"] = text.tied
    return made


def _render(templates: Environment, page: Page, view: View) -> str:
    script = read("assets/energibok.js")
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    publication = view.marts["publication"]
    row = publication.row(0, named=True) if publication.height else {}
    menu = [(p.file, p.word, p.file == page.file) for p in PAGES]
    words = furniture.words(view.options.language)
    return templates.get_template(page.template).render(
        w=words,
        o=view.options,
        view=view,
        menu=menu,
        title=words[page.word],
        data_to=text.day(row.get("data_to")),
        run_id=row.get("run_id") or "",
        version=row.get("version") or "",
        written=view.written,
        script=script,
        policy=f"default-src 'none'; style-src 'self' 'unsafe-inline' file:; img-src data:; "
        f"script-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'",
        **page.context(view),
    )
