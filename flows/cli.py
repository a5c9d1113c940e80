"""The command line: arguments in, one command called, an exit status out. Heavy modules are imported by the command.

Exit status: 0 done · 1 done, with findings of level error · 2 usage or settings wrong · 3 nothing usable to work on.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Callable, Sequence
from importlib import import_module
from pathlib import Path

from flows.arguments import Parser, WrongArguments
from flows.tools.tariff_words import add_actions

# One thread for linear algebra: the fits are many and small, and two threads that share two cores take 30 times longer.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

DONE, WITH_ERRORS, USAGE, NOTHING = 0, 1, 2, 3
# command -> (module and function, one-line help, example)
COMMANDS: dict[str, tuple[str, str, str]] = {
    "demo": ("home:demo", "skriver ett hem med en syntetisk anläggning och kör allt på det", "demo mitt-demo"),
    "init": ("home:init", "skriver ett kommenterat hem för en ny anläggning", "init torvalla"),
    "doctor": ("home:doctor", "kontrollerar inställningar, prislistor, inkorg och miljö", "doctor --home torvalla"),
    "ingest": ("month:run_ingest", "läser in det som är nytt i inkorgen", "ingest --home torvalla"),
    "fetch": ("intake.fetch:run", "hämtar väder eller priser till inkorgen", "fetch prices --from 2024-01-01"),
    "monthly": ("month:run_monthly", "läser in, kontrollerar, räknar och publicerar", "monthly --month 2023-11"),
    "publish": ("month:run_publish", "skriver sidor, arbetsbok och brev på nytt", "publish"),
    "savings": (
        "show.marts:savings",
        "besparing per månad, energislag och projekt, med band",
        "savings --from 2023-01",
    ),
    "bridge": (
        "show.bridge:bridge",
        "varför kostnaden blev en annan: orsak och avgiftsdel, mellan två perioder",
        "bridge --base 2019-01:2019-12 --period 2022-01:2022-12",
    ),
    "economics": (
        "show.economics:economics",
        "projektkalkyl: återbetalning, nuvärde, kapitalkostnad, utlovat mot levererat",
        "economics --project energilager",
    ),
    "invoices": (
        "show.month:invoices",
        "fakturor mot omräknad kostnad: fel, saknade och text till leverantören",
        "invoices --from 2023-01",
    ),
    "ledger": (
        "show.month:ledger",
        "fakturor mot bokföringen, periodiseringar och fördelning",
        "ledger --from 2023-01",
    ),
    "budget": ("show.month:budget", "budget, utfall, prognos, avvikelser och klimat", "budget --from 2023-01"),
    "measures": (
        "show.measures:measures",
        "möjliga åtgärder, dyrast först, och registret över dem",
        "measures --register",
    ),
    "decide": (
        "decisions.deciding:run",
        "beslut om en åtgärd; beslutet står kvar i registret",
        "decide measure:torvalla:billed_heat_power:7359 yes --by driftchef --why 'ryms i driftbudgeten'",
    ),
    "storage": (
        "show.storage:storage",
        "energilagret: balans, förluster, värmefaktor, vad det är värt och när det lönar sig",
        "storage --from 2023-01",
    ),
    "quality": ("show.marts:quality", "filer, täckning och avvikelser", "quality"),
    "history": (
        "history:run",
        "vad som var känt en tidigare dag, och vad som ändrats sedan",
        "history --as-of 2024-02-29",
    ),
    "explain": (
        "explain.receipts:run",
        "följer en siffra till del, rader, fil och hash",
        "explain savings/energilager/all/2023-12",
    ),
    "evaluate": (
        "tools.evaluating:run",
        "anpassar och prövar baslinjer på timvärden",
        "evaluate r.parquet --weather w.parquet --train 2018-01-01:2018-12-31 --test 2019-01-01:2019-12-31",
    ),
    "bill": (
        "tools.bill:bill",
        "prissätter en last med en prislista, del för del",
        "bill lista.toml --readings r.parquet --month 2024-04",
    ),
    "tariff": (
        "tools.tariffs:run",
        "prislistor: visa, kontrollera, jämför, importera",
        "tariff show goteborg-energi-2024",
    ),
    "close": ("decisions.closing:run_close", "fryser en publicerad månad", "close 2023-11"),
    "reopen": ("decisions.closing:run_reopen", "öppnar en fryst månad igen", "reopen 2023-11 --why 'rättad mätare'"),
    "rebaseline": (
        "decisions.rebaseline:run",
        "anpassar ett projekts frysta baslinje på nytt; den gamla versionen står kvar i huvudboken",
        "rebaseline energilager --why 'rättade mätvärden för 2019' --by energicontroller",
    ),
}


def parser() -> argparse.ArgumentParser:
    """Return the parser of the whole command line, each command with its example."""
    common = Parser(add_help=False)
    unset = argparse.SUPPRESS  # the options may stand before or after the command
    one = "ett JSON-dokument på standard ut, inget annat"
    where = "hemmet (annars $ENERGIBOK_HOME, annars här)"
    common.add_argument("--home", type=Path, metavar="MAPP", default=unset, help=where)
    common.add_argument("--json", action="store_true", default=unset, help=one)
    purpose = "Vad byggnadens energi egentligen kostar, vad energiprojektet ändrade, vad vi gör sedan."
    top = Parser(prog="energibok", description=purpose, parents=[common])
    top.add_argument("--version", action="store_true", help="visar versionen")
    commands = top.add_subparsers(dest="command", metavar="KOMMANDO")
    for name, (_, text, example) in COMMANDS.items():
        sub = commands.add_parser(
            name,
            parents=[common],
            help=text,
            description=text[:1].upper() + text[1:] + ".",
            epilog=f"Exempel: energibok {example}",
        )
        _arguments(name, sub)
        if name == "tariff":
            add_actions(sub, common)
    return top


def _arguments(name: str, sub: argparse.ArgumentParser) -> None:
    """Add what a command takes beside --home and --json."""
    if name in ("demo", "init"):
        sub.add_argument("dir", type=Path, metavar="MAPP", help="mappen som skapas")
    if name == "demo":
        sub.add_argument("--seed", type=int, metavar="TAL", default=1, help="slumpfrö för anläggningen")
        sub.add_argument("--files-only", action="store_true", help="skriver bara filerna, kör inget")
    if name == "ingest":
        sub.add_argument("paths", type=Path, nargs="*", metavar="FIL", help="filer eller mappar; annars inkorgen")
        sub.add_argument("--withdraw", action="append", metavar="FIL", help="tar tillbaka en inläst fil")
        sub.add_argument("--why", metavar="TEXT", help="skälet till att filen tas tillbaka")
        sub.add_argument("--restore", action="append", metavar="FIL", help="ångrar --withdraw")
        sub.add_argument("--retry", action="store_true", help="läser om det som dagens inställningar läser annorlunda")
    if name == "fetch":
        sub.add_argument(
            "what",
            metavar="weather|prices",
            choices=("weather", "prices"),
            help="väder från SMHI, eller elpriser och växelkurser",
        )
        sub.add_argument("--from", dest="first", metavar="ÅÅÅÅ-MM-DD", help="från och med denna dag")
        sub.add_argument("--to", dest="last", metavar="ÅÅÅÅ-MM-DD", help="till och med denna dag")
    if name in ("ingest", "monthly", "publish", "close", "reopen", "rebaseline", "decide"):
        sub.add_argument("--wait", type=float, default=0, metavar="SEKUNDER",
                         help="väntar så länge på en annan körning; annars lämnas plats åt den")  # fmt: skip
    if name == "monthly":
        which = sub.add_mutually_exclusive_group()
        which.add_argument("--month", metavar="ÅÅÅÅ-MM", help="till och med denna månad; annars den senaste hela")
        which.add_argument("--all", action="store_true", help="hela historiken (samma som utan --month)")
    if name in ("savings", "bridge", "invoices", "ledger", "budget", "measures", "storage", "quality", "history"):
        sub.add_argument("--facility", metavar="ID", help="bara denna anläggning")
        sub.add_argument("--from", dest="first", metavar="ÅÅÅÅ-MM", help="från och med denna månad")
        sub.add_argument("--to", dest="last", metavar="ÅÅÅÅ-MM", help="till och med denna månad")
    if name == "measures":
        shown = sub.add_mutually_exclusive_group()
        shown.add_argument("--register", action="store_true", help="alla åtgärder som föreslagits eller beslutats")
        shown.add_argument("--history", metavar="NYCKEL", help="allt som hänt med en åtgärd")
        shown.add_argument("--set", metavar="NYCKEL,NYCKEL", help="vad dessa åtgärder sparar tillsammans")
        shown.add_argument("--budget", metavar="SEK", help="de åtgärder som tillsammans sparar mest för pengarna")
        shown.add_argument("--reference", action="store_true", help="nyckeltal mot publicerade värden och andra")
    if name == "decide":
        _decision(sub)
    if name == "storage":
        sub.add_argument("--store", metavar="ID", help="bara detta lager")
    if name == "economics":
        sub.add_argument("--project", metavar="ID", help="bara detta projekt")
    if name == "bridge":
        sub.add_argument(
            "--base", metavar="ÅÅÅÅ-MM:ÅÅÅÅ-MM", help="perioden före; räknar en brygga mellan valda perioder"
        )
        sub.add_argument("--period", metavar="ÅÅÅÅ-MM:ÅÅÅÅ-MM", help="perioden efter")
    if name == "history":
        known = "det som var känt vid den dagens slut; annars vad som ändrats"
        sub.add_argument("--as-of", metavar="ÅÅÅÅ-MM-DD", help=known)
        sub.add_argument("--metering-point", metavar="ID", help="bara denna mätpunkt")
    if name == "explain":
        sub.add_argument("key", metavar="NYCKEL", help="kvittot intill siffran, t.ex. cost/<mätpunkt>/2023-11/2")
    if name == "evaluate":
        sub.add_argument(
            "readings",
            type=Path,
            metavar="FIL",
            help="Parquet: meter_id, start_utc, energy_kwh (eller kwh); gärna carrier, site, flag",
        )
        sub.add_argument(
            "--weather",
            type=Path,
            required=True,
            metavar="FIL",
            help="Parquet: start_utc, air_temperature_c; gärna fler drivkrafter, site",
        )
        sub.add_argument("--train", required=True, metavar="A:B", help="första och sista dagen att anpassa på")
        sub.add_argument("--test", required=True, metavar="C:D", help="första och sista dagen att pröva på")
        sub.add_argument("--report", type=Path, metavar="MAPP|FIL.html", help="skriver en rapportsida i en enda fil")
    if name == "bill":
        sub.add_argument(
            "tariff", metavar="LISTA", help="prislista: fil (TOML), eller id på en av hemmets eller medföljande"
        )
        sub.add_argument(
            "--readings",
            type=Path,
            required=True,
            metavar="FIL",
            help="Parquet med timvärden: start_utc, energy_kwh (eller kwh); gärna volume_m3 och temperaturer",
        )
        sub.add_argument("--month", required=True, metavar="ÅÅÅÅ-MM")
        sub.add_argument("--spot", type=Path, metavar="FIL", help="Parquet: start_utc, sek_per_kwh")
        sub.add_argument("--vat", action="store_true", help="visar också moms och belopp inklusive moms")
        sub.add_argument(
            "--set", action="append", default=[], metavar="NAMN=VÄRDE", help="avtalets val, t.ex. subscribed_kw=120"
        )
    if name in ("close", "reopen"):
        sub.add_argument("month", metavar="ÅÅÅÅ-MM")
    if name == "rebaseline":
        sub.add_argument("project", metavar="ID", help="projektets id i energibok.toml")
        sub.add_argument("--meter", metavar="ID", help="bara denna mätpunkt; annars alla projektets frysta baslinjer")
        sub.add_argument("--by", metavar="ROLL", help="vem som beslutat: en roll, inte ett namn")
    if name in ("reopen", "rebaseline"):
        sub.add_argument("--why", metavar="TEXT", required=True, help="skälet; det står kvar i huvudboken")


def _decision(sub: argparse.ArgumentParser) -> None:
    """Add what a decision on a measure takes."""
    words = ("yes", "no", "later", "underway", "done", "ja", "nej", "senare", "pågår", "genomförd")
    sub.add_argument("key", metavar="NYCKEL", help="åtgärdens nyckel, som measures visar den")
    sub.add_argument(
        "decision",
        nargs="?",
        metavar="BESLUT",
        choices=words,
        help="yes, no, later, underway eller done; på svenska ja, nej, senare, pågår eller genomförd",
    )
    sub.add_argument("--by", metavar="ROLL", help="vem som beslutat: en roll, inte ett namn")
    sub.add_argument("--why", metavar="TEXT", help="skälet; det står kvar i registret")
    sub.add_argument("--on", metavar="ÅÅÅÅ-MM-DD", help="vilken dag det beslutades; annars i dag")
    sub.add_argument("--from", dest="start", metavar="ÅÅÅÅ-MM-DD", help="från vilken dag åtgärden gäller")
    sub.add_argument("--cost", type=float, metavar="SEK", help="vad åtgärden kostar, SEK exklusive moms")
    sub.add_argument("--undo", action="store_true", help="tar tillbaka det beslut som gäller")


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit status."""
    given = sys.argv[1:] if argv is None else list(argv)
    try:
        arguments = parser().parse_args(given)
    except WrongArguments as wrong:
        _tell_json("--json" in given, wrong.said, USAGE)
        raise
    if arguments.version:
        from importlib.metadata import version

        print(f"energibok {version('energibok')}")
        return DONE
    if arguments.command is None:
        parser().print_help()
        return USAGE
    arguments.home = getattr(arguments, "home", None) or Path(os.environ.get("ENERGIBOK_HOME") or ".")
    arguments.json = getattr(arguments, "json", False)
    try:
        return _handler(arguments.command)(arguments)
    except KeyboardInterrupt:
        print("avbrutet; det som var klart är sparat, kör om för resten", file=sys.stderr)
        return 130
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return DONE
    except Exception as error:
        return _failed(error, arguments.json)


def _handler(command: str) -> Callable[[argparse.Namespace], int]:
    module, function = COMMANDS[command][0].split(":")
    found: Callable[[argparse.Namespace], int] = getattr(import_module(f"flows.{module}"), function)
    return found


def _tell_json(is_json: bool, said: str, status: int) -> None:
    """Print an error as the one JSON document that --json promises."""
    if is_json:
        print(json.dumps({"error": said, "status": status}, ensure_ascii=False))


def _failed(error: Exception, is_json: bool) -> int:
    """Print an error of the tree as its text and return its status; anything else is ours and is raised."""
    from energy.errors import EnergibokError, InsufficientData, SettingsError, SourceError, StoreError, TariffError

    if not isinstance(error, EnergibokError):
        raise error
    print(f"energibok: {error}", file=sys.stderr)
    status = NOTHING if isinstance(error, SourceError | StoreError | InsufficientData) else WITH_ERRORS
    status = USAGE if isinstance(error, SettingsError | TariffError) else status
    _tell_json(is_json, str(error), status)
    return status


if __name__ == "__main__":
    raise SystemExit(main())
