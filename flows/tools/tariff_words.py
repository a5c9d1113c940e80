"""The words of `energibok tariff`: its actions and their arguments. Light: imported with the command line itself."""

from __future__ import annotations

import argparse
from pathlib import Path

# action -> (one-line help, example)
ACTIONS: dict[str, tuple[str, str]] = {
    "list": ("listar hemmets prislistor och de som följer med", "tariff list"),
    "show": ("visar en prislista pris för pris", "tariff show goteborg-energi-2024"),
    "check": ("letar luckor, överlapp, trappsteg och udda priser", "tariff check tariffs/elnat-2025.toml"),
    "compare": (
        "räknar en last med två prislistor, del för del",
        "tariff compare boden-2023 boden-2024 --load 735999100000000010 --chart jämförelse.svg",
    ),
    "import": ("gör prislistor av ett svar från Eltariff-API", "tariff import tariffs.json --out tariffs"),
    "export": ("skriver en prislista som fil i vår form", "tariff export boden-2024 --out boden-2024.toml"),
}


def add_actions(tariff: argparse.ArgumentParser, common: argparse.ArgumentParser) -> None:
    """Add the actions to the parser of `tariff`; `common` holds --home and --json."""
    actions = tariff.add_subparsers(dest="action", metavar="ÅTGÄRD", required=True, help=", ".join(ACTIONS))
    for name, (words, example) in ACTIONS.items():
        sub = actions.add_parser(
            name,
            parents=[common],
            help=words,
            description=words[:1].upper() + words[1:] + ".",
            epilog=f"Exempel: energibok {example}",
        )
        _arguments(name, sub)


def _arguments(name: str, sub: argparse.ArgumentParser) -> None:
    which = "prislista: fil (TOML), eller id på en av hemmets eller medföljande"
    if name == "check":
        sub.add_argument(
            "files", type=Path, nargs="*", metavar="FIL", help="prislistor (TOML); annars hemmets tariffs/"
        )
    if name in ("show", "export"):
        sub.add_argument("tariff", metavar="LISTA", help=which)
    if name == "compare":
        sub.add_argument("a", metavar="A", help=f"{which}, eller en familj")
        sub.add_argument("b", metavar="B", help="det A jämförs med, angivet på samma sätt")
        last = "last: Parquet med timvärden (start_utc, energy_kwh), eller en av hemmets mätpunkter"
        sub.add_argument("--load", required=True, metavar="FIL|MÄTPUNKT", help=last)
        sub.add_argument("--spot", type=Path, metavar="FIL", help="Parquet: start_utc, sek_per_kwh")
        sub.add_argument("--from", dest="first", metavar="ÅÅÅÅ-MM", help="från och med; annars tolv hela månader")
        sub.add_argument("--to", dest="last", metavar="ÅÅÅÅ-MM", help="till och med; annars lastens sista hela månad")
        for option, words in (("--set", "båda avtalen"), ("--set-a", "avtalet A"), ("--set-b", "avtalet B")):
            sub.add_argument(option, action="append", default=[], metavar="NAMN=VÄRDE",
                             help=f"val i {words}, t.ex. subscribed_kw=120")  # fmt: skip
        sub.add_argument("--chart", type=Path, metavar="FIL", help="ritar jämförelsen: .svg eller .html")
    if name == "import":
        sub.add_argument("file", type=Path, metavar="FIL", help="JSON från Eltariff-API (/tariffs)")
        sub.add_argument("--out", type=Path, metavar="MAPP", help="mapp för prislistorna; annars hemmets tariffs/")
        sub.add_argument("--partial", action="store_true", help="skriver också listor som inte kom med i sin helhet")
    if name == "export":
        sub.add_argument("--out", type=Path, metavar="FIL", help="fil att skriva; annars standard ut")
