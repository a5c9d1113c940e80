"""A built wheel holds all it needs and works where there is no checkout."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ("energy", "flows", "dashboards", "sql")
# The environment's editable install would put the checkout back on the path. Every module of ours must be the wheel's.
GUARD = """
import sys
root, wheel = sys.argv.pop(1), sys.argv.pop(1)
sys.path = [wheel] + [place for place in sys.path if place not in ("", root)]
from flows.cli import main
sys.argv[0] = "energibok"
status = main()
packages = ("energy", "flows", "dashboards")
ours = [module.__file__ for name, module in sys.modules.items() if name.split(".")[0] in packages]
strays = [file for file in ours if not file.startswith(wheel)]
sys.exit(f"not from the wheel: {strays}" if strays or not ours else status)
"""
Energibok = Callable[..., "subprocess.CompletedProcess[str]"]


def product_files() -> set[str]:
    """Return every file of the packages, code and data, as the wheel must name them."""
    found = (path for package in PACKAGES for path in (ROOT / package).rglob("*") if path.is_file())
    return {path.relative_to(ROOT).as_posix() for path in found if "__pycache__" not in path.parts}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the wheel, built with the build tools of the lock and no network."""
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder), str(ROOT)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    (found,) = folder.glob("*.whl")
    return found


@pytest.fixture(scope="module")
def energibok(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Energibok:
    """Return the command line of the wheel, installed alone in a folder and run from an empty one."""
    place, outside = tmp_path_factory.mktemp("installed"), tmp_path_factory.mktemp("outside")
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index", "--no-compile"]
    done = subprocess.run([*pip, "--target", str(place), str(wheel)], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    environment = {k: v for k, v in os.environ.items() if k not in ("PYTHONPATH", "ENERGIBOK_HOME")}

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-c", GUARD, str(ROOT), str(place), *arguments]
        return subprocess.run(command, cwd=outside, env=environment, capture_output=True, text=True)

    return run


def test_holds_every_file_of_the_packages(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        held = set(archive.namelist())
    assert product_files() - held == set()
    needed = (
        "sql/migrations/0001_ledger.sql",
        "flows/template.toml",
        "energy/tariffs/tax.toml",
        "dashboards/letter.typ",
    )
    for name in needed:
        assert name in held
    assert not [name for name in held if name.split("/")[0] not in PACKAGES and ".dist-info/" not in name]


def test_init_and_doctor(energibok: Energibok, tmp_path: Path) -> None:
    done = energibok("init", str(tmp_path / "home"))
    assert done.returncode == 0, done.stderr
    done = energibok("doctor", "--home", str(tmp_path / "home"))
    assert "inställningar" in done.stdout, done.stderr
    assert "Traceback" not in done.stderr


def test_demo_files_are_loaded(energibok: Energibok, tmp_path: Path) -> None:
    home = tmp_path / "home"
    done = energibok("demo", str(home), "--files-only")
    assert done.returncode == 0, done.stderr
    done = energibok("doctor", "--home", str(home))
    assert done.returncode == 0, done.stdout + done.stderr
    names = ("el/syntetisk_el_2019.csv", "vader/syntetisk_lufttemperatur_999999.csv")
    invoice = min((home / "inbox" / "fakturor" / "heat").iterdir())
    files = [home / "inbox" / name for name in names] + [invoice]
    done = energibok("ingest", "--home", str(home), *map(str, files))
    assert done.returncode == 0, done.stdout + done.stderr
    assert "3 filer (0 redan inlästa, 0 utan läsbara rader)" in done.stdout
