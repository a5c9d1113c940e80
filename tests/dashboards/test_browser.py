"""The pages in a real browser, from the file system: silent console, no requests, reflow, sorting."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.browser
PAGES = ("index.html", "manaden.html", "ekonomi.html", "projektkalkyl.html", "fakturor.html", "anlaggning.html",
         "atgarder.html", "datakvalitet.html", "om.html")  # fmt: skip


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    program = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if program is None:
        pytest.skip("Chromium finns inte på maskinen: sidorna är inte provade i webbläsare")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as play:
        opened = play.chromium.launch(executable_path=program, args=["--no-sandbox"])
        yield opened
        opened.close()


@pytest.fixture(scope="module")
def folder(site: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("site")
    for path, content in site.items():
        (home / path).parent.mkdir(exist_ok=True)
        (home / path).write_text(content, encoding="utf-8")
    return home


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_pages_open_silently_and_reflow(browser: Any, folder: Path, scheme: str) -> None:
    for name in PAGES:
        page = browser.new_page(viewport={"width": 320, "height": 700}, color_scheme=scheme)
        said: list[str] = []
        asked: list[str] = []
        page.on("console", lambda message, said=said: said.append(message.text))
        page.on("pageerror", lambda error, said=said: said.append(str(error)))
        page.on("request", lambda request, asked=asked: asked.append(request.url))
        page.goto((folder / name).as_uri())
        assert said == [], name
        assert [url for url in asked if not url.startswith(("file:", "data:"))] == [], name
        assert page.evaluate("document.scrollingElement.scrollWidth") <= 320, name
        assert page.evaluate("getComputedStyle(document.querySelector('.skip')).position") == "absolute"
        page.close()


def test_a_button_sorts_and_says_so(browser: Any, folder: Path) -> None:
    page = browser.new_page(viewport={"width": 1280, "height": 800})
    page.goto((folder / "atgarder.html").as_uri())
    button = page.locator("table thead button").nth(1)
    button.focus()
    page.keyboard.press("Enter")
    assert button.locator("xpath=..").get_attribute("aria-sort") == "descending"
    page.keyboard.press("Enter")
    assert button.locator("xpath=..").get_attribute("aria-sort") == "ascending"
    column = page.locator("table").first.locator("tbody tr td:nth-child(2)").all_inner_texts()
    numbers = [float(cell.replace("\u00a0", "")) for cell in column]
    assert numbers == sorted(numbers) and len(numbers) == 4
    page.close()


def test_a_link_to_an_invoice_row_opens_its_table(browser: Any, folder: Path, site: dict[str, str]) -> None:
    anchor = site["fakturor.html"].split('id="faktura-', 1)[1].split('"', 1)[0]
    page = browser.new_page(viewport={"width": 1280, "height": 800})
    page.goto((folder / "fakturor.html").as_uri() + f"#faktura-{anchor}")
    assert page.locator(f"#faktura-{anchor}").is_visible()
    page.close()


def test_text_has_contrast_on_both_papers(browser: Any, folder: Path) -> None:
    script = """() => { const s = getComputedStyle(document.documentElement);
      const lum = h => { const c = [1, 3, 5].map(i => parseInt(h.slice(i, i + 2), 16) / 255)
        .map(v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
        return 0.2126 * c[0] + 0.7152 * c[1] + 0.0722 * c[2]; };
      const get = n => s.getPropertyValue('--' + n).trim();
      return ['ink', 'soft', 'link', 'good', 'warn', 'bad'].map(n => { const a = lum(get(n)), b = lum(get('paper'));
        return [n, (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05)]; }); }"""
    for scheme in ("light", "dark"):
        page = browser.new_page(color_scheme=scheme)
        page.goto((folder / "index.html").as_uri())
        assert [(name, ratio) for name, ratio in page.evaluate(script) if ratio < 4.5] == [], scheme
        page.close()
