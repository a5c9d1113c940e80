"""What `doctor` tells of the [[account]] rows: what is missing without them, and numbers the books never use."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from difflib import get_close_matches
from pathlib import Path

from energy.errors import StoreError
from flows.settings.load import Settings
from flows.settings.model import Account
from flows.store import Store

Check = tuple[str, str, str]  # (ok | fel | varning | info, what, text)
WHAT = "konton"


@dataclass(frozen=True)
class Posted:
    """The accounts of the books with their names, of which days, and where invoices of each kind were posted."""

    accounts: dict[str, str]
    first: date
    last: date
    of_kind: dict[str, str]  # contract kind -> the account most of its invoices were found on


def of_books(home: Path, settings: Settings) -> list[Check]:
    """Return what to say of the accounts of energibok.toml; of their numbers only where the books have been read."""
    if not settings.account:
        text = (
            "inga [[account]] är angivna: fakturor kan inte prövas mot rätt konto, periodiseringar får ingen "
            "bokföringsorder, och utfall och budget kan inte visas per konto. Lägg till ett konto per avtalsslag"
        )
        return [("info", WHAT, text)] if settings.contract else []
    out: list[Check] = []
    if not any(row.purpose == "accrual" for row in settings.account):
        text = (
            "inget konto för upplupna kostnader är angivet: periodiseringar räknas, men får ingen bokföringsorder. "
            'Lägg till en [[account]] med purpose = "accrual"'
        )
        out.append(("info", WHAT, text))
    posted = _posted(home)
    return out + list(_unused(settings.account, posted)) if posted else out


def _posted(home: Path) -> Posted | None:
    """Return what the published books hold; None where nothing is published, or no ledger has been read."""
    try:
        with Store.read(home) as store:
            if "ledger_lines" not in store.tables("core"):
                return None
            lines = store.rows(
                "select account, coalesce(max(account_name), ''), min(voucher_date), max(voucher_date) "
                "from core.ledger_lines where account is not null group by account order by account"
            )
            matched = store.rows(
                "select contract_kind, account, count(*) from analysis.ledger_match "
                "where account is not null and contract_kind is not null group by all order by 3, 2 desc"
            ) if "ledger_match" in store.tables("analysis") else []  # fmt: skip
    except StoreError:
        return None
    if not lines:
        return None
    accounts = {account: name for account, name, _, _ in lines}
    of_kind = {kind: account for kind, account, _ in matched if account in accounts}  # the most used comes last
    return Posted(accounts, min(row[2] for row in lines), max(row[3] for row in lines), of_kind)


def _unused(rows: list[Account], posted: Posted) -> Iterator[Check]:
    """Yield a line for each account that no voucher of its own time has; only one for energy is surely used."""
    told = set()
    for number, row in enumerate(rows, start=1):
        in_time = row.valid_from <= posted.last and posted.first < row.valid_to
        if row.account in posted.accounts or not in_time or (row.account, row.kind) in told:
            continue
        told.add((row.account, row.kind))
        text = f"account[{number}]: inget verifikat är bokfört på konto {row.account}{_named(row.name)}."
        if row.purpose != "energy":
            yield ("info", WHAT, f"{text} Det är väntat tills något har bokförts där; kontrollera annars numret")
            continue
        near = _nearest(row, posted)
        hint = f"Menade du {near}{_named(posted.accounts[near])}?" if near else "Kontrollera numret"
        yield ("varning", WHAT, f"{text} {hint}")


def _nearest(row: Account, posted: Posted) -> str | None:
    """Return the account where invoices of the row's kind are posted, else the one whose number is most alike."""
    if row.kind in posted.of_kind:
        return posted.of_kind[row.kind]
    near = get_close_matches(row.account, posted.accounts, n=1, cutoff=0.7)
    return near[0] if near else None


def _named(name: str) -> str:
    return f" ({name})" if name else ""
