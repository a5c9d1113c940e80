"""What a SIE file says about itself before its amounts: whose it is, its years, currency, accounts and dimensions."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

import polars as pl

from energy.model import Finding
from energy.sources.base import MAX_SHOWN
from energy.sources.ledger import sie_fields

MAX_YEARS = 50  # years of a file that are looked at; the format speaks of 0, -1 and a few more
_SHOWN = 12  # items a message names


@dataclass(frozen=True)
class Head:
    """The identification of a file; `years` are (number, first day, last day) as #RAR gives them."""

    organisation_id: str | None
    years: tuple[tuple[int, date, date], ...]
    currency: str
    issued_at: str | None
    names: pl.DataFrame  # account, account_name
    units: pl.DataFrame  # account, quantity_unit
    findings: tuple[Finding, ...]

    def year_of(self, day: str) -> pl.Expr:
        """Return the first day of the fiscal year that holds the date of a column; null where none does."""
        found = pl.lit(None, pl.Date)
        for _, start, end in reversed(self.years):
            found = pl.when(pl.col(day).is_between(start, end)).then(pl.lit(start)).otherwise(found)
        return found

    def year_numbered(self, number: str) -> pl.Expr:
        """Return the first day of the fiscal year whose #RAR number a text column holds; null for an unknown one."""
        found = pl.lit(None, pl.Date)
        for known, start, _ in reversed(self.years):
            found = pl.when(pl.col(number) == str(known)).then(pl.lit(start)).otherwise(found)
        return found


def read_head(lines: pl.DataFrame, encoding: str, organisation_id: str | None) -> Head:
    """Return the head of a file whose text had the `encoding`; `organisation_id` is the one of the settings."""
    findings: list[Finding] = []
    own = "".join(c for c in sie_fields.first(lines, "ORGNR")[0] if c.isdigit()) or None
    findings += _organisation(own, organisation_id)
    findings += _encoding(sie_fields.first(lines, "FORMAT")[0], encoding, lines)
    (generated,) = sie_fields.first(lines, "GEN")
    issued = pl.DataFrame({"day": [generated]}).select(sie_fields.day("day")).item()
    if issued is None:
        found = f"«{generated[:MAX_SHOWN]}»" if generated else "inget datum"
        message = f"#GEN anger {found}: filen säger inte när den skrevs, så en nyare export kan inte avgöras."
        findings.append(Finding("no_issue_time", "info", message))
    currency = sie_fields.first(lines, "VALUTA")[0].strip().upper() or "SEK"
    if currency != "SEK":
        message = f"Bokföringen är i {currency[:10]}, inte SEK; beloppen förs inte som kronor."
        findings.append(Finding("currency", "warning", message))
    findings += _unknown(lines)
    findings += _dimensions(lines)
    return Head(
        organisation_id=own or organisation_id,
        years=_years(lines),
        currency=currency,
        issued_at=issued.isoformat() if issued else None,
        names=_pairs(lines, "KONTO", "account_name"),
        units=_pairs(lines, "ENHET", "quantity_unit"),
        findings=tuple(findings),
    )


def listed(items: Iterable[str], count: int) -> str:
    """Return the first names of `count` as a message shows them, and how many more there are."""
    shown = [item[:MAX_SHOWN] for item, _ in zip(items, range(_SHOWN), strict=False)]
    return ", ".join(shown) + (f" och {count - len(shown)} till" if count > len(shown) else "")


def _pairs(lines: pl.DataFrame, label: str, value: str) -> pl.DataFrame:
    found = sie_fields.fields(sie_fields.with_label(lines, label), "account", value)
    return found.select("account", value).drop_nulls("account").unique("account", keep="first", maintain_order=True)


def _years(lines: pl.DataFrame) -> tuple[tuple[int, date, date], ...]:
    rows = sie_fields.fields(sie_fields.with_label(lines, "RAR").head(MAX_YEARS), "number", "first", "last")
    rows = rows.select(
        pl.col("number").cast(pl.Int64, strict=False), sie_fields.day("first"), sie_fields.day("last")
    ).drop_nulls()
    rows = rows.filter(pl.col("first") <= pl.col("last")).unique("number", keep="first", maintain_order=True)
    return tuple(rows.sort("number", descending=True).iter_rows())


def _organisation(own: str | None, told: str | None) -> list[Finding]:
    if own is None and told is None:
        message = "Filen saknar organisationsnummer (#ORGNR); ange organisation_id för källan om flera bolag läses in."
        return [Finding("organisation_missing", "warning", message)]
    if own and told and own[-10:] != "".join(c for c in told if c.isdigit())[-10:]:
        message = f"Filen är för organisation {own[:20]}, men inställningen säger {told[:20]}. Filens nummer gäller."
        return [Finding("organisation_differs", "warning", message)]
    return []


def _encoding(declared: str, actual: str, lines: pl.DataFrame) -> list[Finding]:
    found = []
    if actual not in ("ascii", "cp437"):
        message = (
            f"Filen uppger teckenkodning {declared[:20] or 'ingen'}, men är skriven i {actual}; läst som {actual}."
        )
        found.append(Finding("encoding_differs", "info", message))
    lost = int(lines["original"].str.count_matches("\ufffd", literal=True).sum() or 0)
    if lost:
        message = f"{lost} tecken i filen är förstörda (�), troligen å, ä eller ö; namn och texter är ofullständiga."
        found.append(Finding("characters_lost", "info", message))
    return found


def _unknown(lines: pl.DataFrame) -> list[Finding]:
    """Return findings about labels nobody knows, told once each, and about lines that hold nothing of the format."""
    found = []
    counted = lines.filter(pl.col("label").is_not_null() & ~pl.col("label").is_in(sie_fields.LABELS))["label"]
    if len(counted):
        kinds = counted.value_counts(sort=True)
        names = listed((f"#{label} ({count})" for label, count in kinds.head(_SHOWN).iter_rows()), kinds.height)
        found.append(Finding("unknown_labels", "info", f"Etiketter som inte ingår i formatet är förbigångna: {names}."))
    junk = lines.filter(pl.col("label").is_null() & ~pl.col("original").str.contains(r"^[\s{}]*$"))
    if junk.height:
        row = int(junk["row_no"][0])
        message = f"{junk.height} rader saknar etikett och är inte lästa, den första är rad {row}."
        found.append(Finding("junk_lines", "warning", message, row))
    struck = lines["label"].is_in(["BTRANS", "RTRANS"]).sum()
    if struck:
        message = f"{struck} strukna eller tillagda rader (#BTRANS, #RTRANS) räknas inte: #TRANS ger det som gäller."
        found.append(Finding("struck_lines", "info", message))
    return found


def _dimensions(lines: pl.DataFrame) -> list[Finding]:
    """Return what the dimensions of the file are called, since their numbers mean different things in each system."""
    rows = sie_fields.fields(sie_fields.with_label(lines, "DIM", "UNDERDIM").head(_SHOWN), "number", "name", "parent")
    if not rows.height:
        return []
    objects = sie_fields.fields(sie_fields.with_label(lines, "OBJEKT"), "number", "code", "name")
    counts = dict(objects.drop_nulls("number")["number"].value_counts().iter_rows())
    told = (
        f"{number} «{(name or '')[:40]}»"
        + (f" under {parent}" if parent else "")
        + f" ({counts.get(number, 0)} objekt)"
        for number, name, parent in rows.select("number", "name", "parent").iter_rows()
        if number
    )
    return [Finding("dimensions", "info", f"Filens dimensioner: {listed(told, rows.height)}.")]
