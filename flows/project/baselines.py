"""The frozen baselines of the ledger: fitted once, then read back and never fitted anew without a decision.

The first fit that passes its gates is frozen. Later runs read the model from the ledger. Where what it was fitted on
has changed since, a finding tells what, by how much, and how to decide on a new version.
"""

from __future__ import annotations

import hashlib
import json
import zlib
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, Generic, Protocol, TypeVar

import numpy as np

from dashboards import text as swedish
from energy.calendar import Instants
from energy.errors import InsufficientData
from energy.model import Floats
from energy.savings.baselines.baseline import Settings, fit
from energy.savings.baselines.features import Drivers
from energy.savings.baselines.frozen import VERSION, Baseline
from flows.store import Store

_WARM_UP = np.timedelta64(120 * 24, "h")  # weather before the training: the slowest memory of a building has faded in
_FIRST = "första anpassningen som klarade kraven"
Parts = dict[str, dict[str, Any]]


class Frozen(Protocol):
    """What every family of baselines has, so that it can be kept: see `energy.savings.baselines.frozen.Baseline`."""

    @property
    def version(self) -> str:
        """Return the version of the model's form."""

    @property
    def disqualified(self) -> str | None:
        """Return why it gives no figure, or None."""

    def to_json(self) -> str:
        """Return its text, bit for bit."""


M = TypeVar("M", bound=Frozen)
M_co = TypeVar("M_co", bound=Frozen, covariant=True)


class Trains(Protocol[M_co]):
    """What a baseline is fitted on."""

    def fit(self) -> M_co:
        """Return the baseline fitted now."""

    def parts(self) -> Parts:
        """Return part -> its hash and what describes it, so that a later difference can be named."""


@dataclass(frozen=True)
class Training:
    """What a baseline is fitted on: hours (n,), targets (n,), and drivers that reach no further than the training."""

    start_utc: Instants
    targets: Mapping[str, Floats]
    drivers: Drivers
    settings: Settings

    @classmethod
    def of(
        cls, start_utc: Instants, targets: Mapping[str, Floats], drivers: Drivers, settings: Settings | None = None
    ) -> Training:
        """Return the training with the drivers cut to it, so that a later month's weather changes nothing.

        A state that never occurs in the training is left out: the baseline takes it as unseen either way.
        """
        first, last = start_utc[0] - _WARM_UP, start_utc[-1]
        inside = (drivers.start_utc >= first) & (drivers.start_utc <= last)
        calendar = {n: v[inside] for n, v in drivers.calendar.items() if (v[inside] != 0).any()}
        measured = {n: v[inside] for n, v in drivers.measured.items()}
        cut = Drivers(drivers.start_utc[inside], drivers.air_temperature_c[inside], calendar, measured)
        return cls(start_utc, targets, cut, settings or Settings())

    def fit(self) -> Baseline:
        """Return the baseline fitted now."""
        return fit(self.start_utc, self.targets, self.drivers, self.settings)

    def parts(self) -> Parts:
        """Return part -> its hash and what describes it, so that a later difference can be named."""
        hours = {"start_utc": self.start_utc.astype("<M8[s]"), "driver_hours": self.drivers.start_utc.astype("<M8[s]")}
        found: Parts = {n: {"sha256": hashlib.sha256(v.tobytes()).hexdigest()} for n, v in hours.items()}
        found["start_utc"] |= {"from": str(self.start_utc[0]), "to": str(self.start_utc[-1])}
        for name, values in self.targets.items():
            found[name] = described(values)
        found["air_temperature_c"] = described(self.drivers.air_temperature_c)
        for name, values in sorted(self.drivers.calendar.items()):
            found[f"calendar:{name}"] = described(values)
        found |= {f"measured:{name}": described(values) for name, values in sorted(self.drivers.measured.items())}
        return found | program_parts(self.settings, VERSION)


def program_parts(settings: object, version: str) -> Parts:
    """Return the parts that come with the program: the settings of the fit and the version of the model."""
    told = {"settings": repr(settings), "program": version}
    return {n: {"sha256": hashlib.sha256(t.encode()).hexdigest()} for n, t in told.items()} | {
        "program": {"sha256": hashlib.sha256(version.encode()).hexdigest(), "version": version}
    }


def described(values: Floats) -> dict[str, Any]:
    """Return the hash of values (n,), how many are known and their sum."""
    known = ~np.isnan(values)
    return {
        "sha256": hashlib.sha256(values.astype("<f8").tobytes()).hexdigest(),
        "known": int(known.sum()),
        "sum": float(values[known].sum()),
    }


def parts_hash(parts: Parts) -> str:
    """Return one sha256 of all parts."""
    return hashlib.sha256("".join(f"{n}{parts[n]['sha256']}" for n in sorted(parts)).encode()).hexdigest()


# --- what has changed, in words ----------------------------------------------------------------------------------

_NAMES: Mapping[str, str] = {
    "energy_kwh": "energi", "volume_m3": "volym", "return_m3c": "returtemperatur", "supply_m3c": "framtemperatur",
    "air_temperature_c": "utetemperatur", "start_utc": "basperiodens timmar", "settings": "modellens inställningar",
    "program": "programmets modell",
}  # fmt: skip
_SUMMED: Mapping[str, str] = {"energy_kwh": "kWh", "volume_m3": "m³"}


def differences(before: Parts, now: Parts) -> list[str]:
    """Return what differs between two trainings, one Swedish phrase a part."""
    names = [n for n in {**before, **now} if n != "driver_hours"]
    changed = [n for n in names if before.get(n, {}).get("sha256") != now.get(n, {}).get("sha256")]
    return [_difference(n, before.get(n), now.get(n)) for n in changed]


def _difference(name: str, before: Mapping[str, Any] | None, now: Mapping[str, Any] | None) -> str:
    label = f"kalendern «{name.removeprefix('calendar:')}»" if name.startswith("calendar:") else _NAMES.get(name, name)
    label = label.removeprefix("measured:")
    if before is None or now is None:
        return f"{label} ({'har tillkommit' if before is None else 'saknas numera'})"
    if name == "program":
        return f"{label} ({before['version']} → {now['version']})"
    if name in _SUMMED:
        sums = " → ".join(swedish.number(p["sum"]) for p in (before, now))
        return f"{label} ({sums} {_SUMMED[name]}{_hours(before, now)})"
    if "known" in now and before["known"] != now["known"]:
        return f"{label} ({_hours(before, now).removeprefix(', ')})"
    return label


def _hours(before: Mapping[str, Any], now: Mapping[str, Any]) -> str:
    if before["known"] == now["known"]:
        return ""
    return f", {swedish.number(before['known'])} → {swedish.number(now['known'])} timmar"


# --- the ledger --------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Kept:
    """A frozen version as it lies in the ledger."""

    version: int
    frozen_on: date
    model_version: str
    parts: Parts
    model_sha256: str
    packed: bytes
    reason: str
    decided_by: str | None

    def model(self, read: Callable[[str], M]) -> M:
        """Return the model, bit for bit. Raises InsufficientData where the program cannot read it, or it is damaged."""
        try:
            text = zlib.decompress(self.packed)
        except zlib.error as error:
            raise InsufficientData(f"modellens text är skadad ({error})") from error
        if hashlib.sha256(text).hexdigest() != self.model_sha256:
            raise InsufficientData("modellens text är ändrad efter att den frystes: kontrollsumman stämmer inte")
        try:
            return read(text.decode())
        except (KeyError, TypeError, ValueError) as error:
            raise InsufficientData(f"modellens text har en form som programmet inte känner ({error!r})") from error


_KEPT = """
select version, cast(frozen_at as date), model_version, inputs_json, model_sha256, model_zlib, reason, decided_by
from ledger.baselines where project = ? and metering_point = ? order by version desc
"""


def versions(store: Store, project: str, point: str) -> list[Kept]:
    """Return the frozen versions of a meter's baseline, the one that holds first."""
    rows = store.rows(_KEPT, [project, point])
    return [Kept(n, on, kind, json.loads(i), sha, bytes(b), why, by) for n, on, kind, i, sha, b, why, by in rows]


def freeze(
    store: Store, run_id: str, project: str, point: str, training: Trains[Frozen], model: Frozen,
    why: str, decided_by: str | None = None,
) -> Kept:  # fmt: skip
    """Write the next version of a baseline into the ledger and return it; the version before it ends."""
    number = max((k.version for k in versions(store, project, point)), default=0) + 1
    now, text, parts = datetime.now(UTC), model.to_json().encode(), training.parts()
    ended = "update ledger.baselines set ended_at = ?, ended_why = ? where project = ? and metering_point = ? "
    store.con.execute(ended + "and ended_at is null", [now, why, project, point])
    packed, sha256 = zlib.compress(text, 6), hashlib.sha256(text).hexdigest()
    told = json.dumps(parts, sort_keys=True, ensure_ascii=False)
    row = [project, point, number, model.version, now, run_id, parts_hash(parts), told, sha256, packed, why, decided_by]
    marks = ", ".join("?" for _ in row)
    store.con.execute(f"insert into ledger.baselines values ({marks}, null, null)", row)  # noqa: S608 - marks only
    return Kept(number, now.date(), model.version, parts, sha256, packed, why, decided_by)


def decide(store: Store, project: str, point: str, why: str, decided_by: str | None) -> None:
    """Write a decision to fit a baseline anew; the next analysis tries it."""
    row = [project, point, datetime.now(UTC), why, decided_by]
    store.con.execute("insert into ledger.rebaselinings values (?, ?, ?, ?, ?, null, null)", row)


def _waiting(store: Store, project: str, point: str) -> tuple[str, str | None] | None:
    """Return (why, decided by) of the latest decision that has not been tried."""
    query = """
        select why, decided_by from ledger.rebaselinings
        where project = ? and metering_point = ? and outcome is null order by decided_at desc limit 1
    """
    rows = store.rows(query, [project, point])
    return (rows[0][0], rows[0][1]) if rows else None


def _tried(store: Store, project: str, point: str, outcome: str) -> None:
    update = "update ledger.rebaselinings set ended_at = ?, outcome = ? where project = ? and metering_point = ? "
    store.con.execute(update + "and outcome is null", [datetime.now(UTC), outcome, project, point])


def lost(model: Baseline, drivers: Drivers) -> set[str]:
    """Return the operating states and measured drivers that a model needs and that nobody knows today."""
    return {*model.spec.calendar, *model.spec.measured} - {*drivers.calendar, *drivers.measured}


def kept_baseline(store: Store, run_id: str, owner: str, point: str, training: Training, drivers: Drivers) -> Baseline:
    """Return the baseline of a done measure: frozen at the first fit that passes its gates, then read back.

    `owner` is the measure and its start; `drivers` those of today, over all hours. A new version is fitted and the old
    one ends where the period before the start has become another one (older data, or a change before it that was not
    known), or where what the frozen model builds on is no longer told (opening hours taken out of the settings, a file
    of events withdrawn): nobody can ask for a new version of it. Values of the period that change later leave it as it
    is. Raises InsufficientData where the frozen text cannot be read.
    """
    kept = versions(store, owner, point)
    hours, why = training.parts()["start_utc"], _FIRST
    if kept and all(kept[0].parts["start_utc"].get(end) == hours[end] for end in ("from", "to")):
        model = kept[0].model(Baseline.from_json)
        gone = sorted(lost(model, drivers))
        if not gone:
            return model
        why = f"den förra byggde på {', '.join(gone)}, som inte längre finns"
    elif kept:
        why = f"perioden före åtgärden är en annan: {hours['from']} till {hours['to']}"
    fitted = training.fit()
    if not fitted.disqualified:
        freeze(store, run_id, owner, point, training, fitted, why)
    return fitted


# --- the model of a run ------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Keeper(Generic[M]):
    """Gives a project's meter its baseline: frozen, or fitted and then frozen; `told` takes the findings it makes.

    `read` reads the family's text; `lost` returns the operating states that a model needs and nobody knows today;
    `expected` a model's adjusted baseline over the reporting period [kWh], which tells what a new fit would change.
    """

    store: Store
    run_id: str
    project: str
    point: str
    name: str
    told: Callable[[str, str, str], None]  # level, rule, message
    read: Callable[[str], M]
    lost: Callable[[M], Collection[str]]
    expected: Callable[[M], float]

    def baseline(self, training: Trains[M]) -> M:
        """Return the baseline that holds. Raises InsufficientData where the frozen one cannot be read or used."""
        kept = versions(self.store, self.project, self.point)
        asked = _waiting(self.store, self.project, self.point)
        if not kept or asked:
            fitted = training.fit()
            if not fitted.disqualified:
                return self._frozen(training, fitted, asked)
            if not kept:
                return fitted
            _tried(self.store, self.project, self.point, f"avslagen: {fitted.disqualified}")
            text = f"{self.name}: en ny baslinje är begärd men klarar inte kraven ({fitted.disqualified})."
            self.told("warning", "rebaseline_refused", f"{text} Version {kept[0].version} gäller fortfarande.")
        model = self._read(kept[0])
        if len(kept) > 1:
            self._replaced(kept, model)
        self._compare(kept[0], model, training)
        return model

    def _frozen(self, training: Trains[M], fitted: M, asked: tuple[str, str | None] | None) -> M:
        why, decided_by = asked or (_FIRST, None)
        new = freeze(self.store, self.run_id, self.project, self.point, training, fitted, why, decided_by)
        _tried(self.store, self.project, self.point, f"fryst som version {new.version}")
        kept = versions(self.store, self.project, self.point)
        if len(kept) > 1:
            self._replaced(kept, fitted)
        return fitted

    def _read(self, kept: Kept) -> M:
        """Return the frozen model; a clear reason and no other model where that cannot be done."""
        try:
            model = kept.model(self.read)
        except InsufficientData as error:
            text = f"{self._label(kept)} kan inte läsas: {error}. Inget annat räknas i dess ställe. {self._command()}"
            raise InsufficientData(f"kan inte bedömas: {text}") from error
        lost = sorted(self.lost(model))
        if lost:
            text = (
                f"{self._label(kept)} bygger på kalendern {', '.join(lost)}, som inte längre finns i driftens kalender"
            )
            raise InsufficientData(f"kan inte bedömas: {text}. Lämna in den igen. {self._command()}")
        return model

    def _replaced(self, kept: list[Kept], model: M) -> None:
        """Tell what the version that holds changed against the one before it."""
        now, before = kept[0], kept[1]
        by = f" av {now.decided_by}" if now.decided_by else ""
        text = f"{self.name}: baslinjen är version {now.version}, fryst {now.frozen_on}{by}: {now.reason}."
        what = differences(before.parts, now.parts)
        text += f" Ändrat sedan version {before.version}: {'; '.join(what) if what else 'inget av indata'}."
        try:
            text += f" {self._change(before.model(self.read), model)}"
        except InsufficientData as error:
            text += f" Vad det ändrade i siffrorna går inte att säga: {error}."
        self.told("info", "baseline_replaced", text)

    def _compare(self, kept: Kept, model: M, training: Trains[M]) -> None:
        """Tell where the frozen model was fitted on something else than what lies there today."""
        what = differences(kept.parts, training.parts())
        if not what:
            return
        fitted = training.fit()
        text = f"D{self._label(kept)[1:]} gäller, men det den anpassades på har ändrats: {'; '.join(what)}."
        if fitted.disqualified:
            text += f" En ny anpassning skulle inte klara kraven ({fitted.disqualified})."
        else:
            text += f" Med en ny anpassning: {self._change(model, fitted)} {self._command()}"
        self.told("warning", "baseline_inputs_changed", text)

    def _change(self, before: M, after: M) -> str:
        """Return how the avoided energy of the reporting period moves from one model to another, in words."""
        lost = self.lost(before) or self.lost(after)
        old, new = (float("nan"), float("nan")) if lost else (self.expected(before), self.expected(after))
        if not np.isfinite([old, new]).all():
            return "Skillnaden i undviken energi kan inte bedömas."
        share = f" ({swedish.signed(100 * (new - old) / abs(old), 2)} % av den justerade baslinjen)" if old else ""
        return f"Undviken energi i rapportperioden ändras med {swedish.signed(new - old)} kWh{share}."

    def _label(self, kept: Kept) -> str:
        return f"den frysta baslinjen för {self.name} (version {kept.version}, fryst {kept.frozen_on})"

    def _command(self) -> str:
        return f"Ny version: energibok rebaseline {self.project} --meter {self.point} --why SKÄL"
