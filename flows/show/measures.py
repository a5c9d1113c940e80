"""The command that prints the measures: what is proposed now, the register of all, the history of one."""

from __future__ import annotations

import argparse

from energy.errors import SettingsError, nearest
from flows.answers import chosen, emit, unused_span
from flows.measures.register import ALL_KEYS, MOST_NEAR, key_of
from flows.store import Store

_NOW = (
    "rank code title saving_sek_per_year saving_sek_per_year_low saving_sek_per_year_high one_off confidence status "
    "evidence_key"
)
_REGISTER = (
    "stage title facility one_off latest_sek_per_year promised_sek_per_year verified_sek_per_year verdict decided_on "
    "owner_role start_on first_seen last_seen measure_key"
)
_HISTORY = "no happened_on event decision owner_role start_on cost_sek value_sek note file_name sheet row_no"
_VERIFIED = (
    "title start_on months promised_sek_per_year verified_sek_per_year verified_sek_per_year_low "
    "verified_sek_per_year_high verified_sek verdict text"
)


def measures(arguments: argparse.Namespace) -> int:
    """Print the measures that are proposed now, dearest first; the register; the history of one; several together."""
    unused_span(arguments, "en åtgärds värde gäller det senaste årets räkningar.")
    if arguments.history:
        return _history(arguments)
    if arguments.register:
        return _register(arguments)
    if arguments.set is not None or arguments.budget is not None or arguments.reference:
        from flows.show import together

        return together.reference(arguments) if arguments.reference else together.together(arguments)
    with Store.read(arguments.home) as store:
        data = chosen(store.records("marts.measures"), arguments)
        keys = {row["measure_key"] for row in data}
        evidence = [row for row in store.records("marts.measure_evidence") if row["measure_key"] in keys]
    tables = {"measures": data, "measure_evidence": evidence} if arguments.json else {"measures": data}
    emit(arguments, tables, {"measures": _NOW.split()})
    if not arguments.json:
        print(
            "Åtgärderna överlappar varandra: lägg inte ihop beloppen. Det som kommer en gång (I) sparar inget per år."
        )
    return 0


def _register(arguments: argparse.Namespace) -> int:
    """Print every measure ever proposed or decided on, and the verification of those that are done."""
    with Store.read(arguments.home) as store:
        register = chosen(store.records("marts.measure_register"), arguments)
        verified = chosen(store.records("marts.measure_verification"), arguments)
    tables = {"measure_register": register, "measure_verification": verified}
    emit(arguments, tables, {"measure_register": _REGISTER.split(), "measure_verification": _VERIFIED.split()})
    if not arguments.json:
        print("Utlovat, genomfört och verifierat är tre olika siffror: lägg aldrig ihop dem.")
    return 0


def _history(arguments: argparse.Namespace) -> int:
    """Print what has happened to one measure. Raises SettingsError for a key that the register does not have."""
    key = key_of(arguments.history)
    with Store.read(arguments.home) as store:
        rows = [row for row in store.records("marts.measure_history") if row["measure_key"] == key]
        known = [row["measure_key"] for row in store.records("marts.measure_register")]
    if not rows:
        raise SettingsError(
            f"--history {arguments.history}: ingen åtgärd har den nyckeln.{nearest(key, known, MOST_NEAR)} {ALL_KEYS}"
        )
    emit(arguments, {"measure_history": rows}, {"measure_history": _HISTORY.split()})
    return 0
