"""A home: made empty (`init`), made synthetic (`demo`), looked over (`doctor`)."""

from __future__ import annotations

import argparse
import json
import os
import sys
from fnmatch import fnmatch
from pathlib import Path

from energy.errors import EnergibokError, SettingsError
from flows.settings import SETTINGS_FILE, Settings, load_settings

TEMPLATE = Path(__file__).with_name("template.toml")


def init(arguments: argparse.Namespace) -> int:
    """Write a commented home in a folder that does not hold one; never overwrite anything."""
    home: Path = arguments.dir
    if (home / SETTINGS_FILE).exists():
        raise SettingsError(f"{home / SETTINGS_FILE} finns redan. Inget är ändrat.")
    for folder in ("inbox", "tariffs"):
        (home / folder).mkdir(parents=True, exist_ok=True)
    (home / SETTINGS_FILE).write_text(TEMPLATE.read_text(encoding="utf-8"), encoding="utf-8")
    if arguments.json:
        print(json.dumps({"command": "init", "home": str(home), "settings": str(home / SETTINGS_FILE)}))
    else:
        print(f"Skapade {home}. Gå igenom {home / SETTINGS_FILE}, lägg prislistor i {home / 'tariffs'} och filer i")
        print(f"{home / 'inbox'}. Kör sedan: energibok doctor --home {home}")
    return 0


def demo(arguments: argparse.Namespace) -> int:
    """Write the synthetic facility as source files and, unless told not to, run everything on it."""
    from energy.demo import files

    home: Path = arguments.dir
    written = home / ".synthetic"
    if home.exists() and any(home.iterdir()) and not written.exists():
        raise SettingsError(f"{home} är inte tom och ingen tidigare demo. Välj en annan mapp; inget är ändrat.")
    print(f"Skriver en syntetisk anläggning i {home} …", file=sys.stderr)
    for name, data in files(arguments.seed).items():
        path = home / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    written.write_text("skriven av energibok demo\n", encoding="utf-8")
    if arguments.files_only:
        return 0
    from flows.month import run_monthly

    arguments.home, arguments.month, arguments.all = home, None, True
    return run_monthly(arguments)


def doctor(arguments: argparse.Namespace) -> int:
    """Check settings, price lists, inbox and environment; status 2 where something must be mended."""
    home: Path = arguments.home
    checks: list[tuple[str, str, str]] = []  # (ok | fel | varning, what, text)
    try:
        settings = load_settings(home)
        checks.append(("ok", "inställningar", f"{home / SETTINGS_FILE} är giltig"))
        checks += _of_tariffs(home, settings) + _of_inbox(home, settings)
    except SettingsError as error:
        checks += [("fel", "inställningar", line) for line in str(error).splitlines()]
    checks += _of_environment(home)
    broken = any(level == "fel" for level, _, _ in checks)
    if arguments.json:
        rows = [{"level": level, "what": what, "message": text} for level, what, text in checks]
        print(json.dumps({"command": "doctor", "ok": not broken, "checks": rows}, ensure_ascii=False))
    else:
        for level, what, text in checks:
            print(f"{level.upper():8} {what:14} {text}")
    return 2 if broken else 0


def _of_tariffs(home: Path, settings: Settings) -> list[tuple[str, str, str]]:
    from flows.dimensions import price_lists

    try:
        lists = price_lists(home)
    except EnergibokError as error:
        return [("fel", "prislistor", str(error))]
    families = {found.family for found in lists}
    out = [("ok", "prislistor", f"{len(lists)} prislistor i {len(families)} familjer")]
    for contract in settings.contract:
        if contract.family not in families:
            known = ", ".join(sorted(families)) or "inga"
            text = f"{contract.metering_point} pekar på «{contract.family}», som inte finns i tariffs/ (finns: {known})"
            out.append(("fel", "prislistor", text))
    return out


def _of_inbox(home: Path, settings: Settings) -> list[tuple[str, str, str]]:
    inbox = home / "inbox"
    names = [p.relative_to(inbox).as_posix() for p in inbox.rglob("*") if p.is_file()] if inbox.is_dir() else []
    if not names:
        return [("varning", "inkorg", f"{inbox} är tom: lägg mätvärden, väder, priser och fakturor där")]
    out = [("ok", "inkorg", f"{len(names)} filer")]
    for rule in settings.source:
        if not any(fnmatch(name, rule.match) for name in names):
            out.append(("varning", "inkorg", f"ingen fil passar regeln {rule.name}: {rule.match}"))
    return out


def _of_environment(home: Path) -> list[tuple[str, str, str]]:
    out = []
    version = ".".join(map(str, sys.version_info[:3]))
    out.append(("ok" if sys.version_info >= (3, 11) else "fel", "miljö", f"Python {version}"))
    parent = home if home.exists() else home.parent
    writable = os.access(parent, os.W_OK)
    out.append(("ok" if writable else "fel", "miljö", f"{parent} går {'' if writable else 'inte '}att skriva i"))
    return out
