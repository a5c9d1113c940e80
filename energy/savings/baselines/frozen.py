"""The frozen baseline and its text form, bit for bit: scalars by repr, arrays as hexadecimal little-endian bytes.

A baseline is fitted once (`baseline.fit`), kept as text, and gives identical results when it is read years later.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

import numpy as np

from energy.errors import InsufficientData
from energy.model import Floats
from energy.savings.baselines.drift import Drift
from energy.savings.baselines.features import Spec, Surface
from energy.savings.baselines.sufficiency import Gate, Limits, first_reason

# The name tells the columns of the design, the number the figures: raise the number when a new fit comes out otherwise,
# change the name when the columns of an older fit can no longer be made.
VERSION = "hourly-ridge-towt/5"
_HOUR = np.timedelta64(3600, "s")
_ARRAYS = ("beta", "influence", "residuals", "slow_c", "scale_c", "scale", "level_step", "level_sd", "floor")
# field -> (field of its shape, value that stands for it in baselines frozen before it came): they give the figures
# they gave then
_LATER = {"level_sd": ("level_step", 0.0), "floor": ("level_step", -np.inf)}
_SURFACE = ("centre", "spread", "points")


def _pack(values: Floats) -> dict[str, Any]:
    return {"shape": list(values.shape), "f8": values.astype("<f8").tobytes().hex()}


def _unpack(packed: dict[str, Any]) -> Floats:
    return np.frombuffer(bytes.fromhex(packed["f8"]), dtype="<f8").astype(np.float64).reshape(packed["shape"])


def _spec_data(spec: Spec) -> dict[str, Any]:
    kept = {f.name: getattr(spec, f.name) for f in fields(spec)}
    kept["surfaces"] = [
        {"measured": s.measured} | {name: _pack(getattr(s, name)) for name in _SURFACE} for s in spec.surfaces
    ]
    return kept


def _spec(read: dict[str, Any]) -> Spec:
    surfaces = (
        Surface(measured=tuple(s["measured"]), **{name: _unpack(s[name]) for name in _SURFACE})
        for s in read["surfaces"]
    )
    listed = {name: tuple(read[name]) for name in ("knots_c", "slow_knots_c", "calendar")}
    return Spec(**(read | listed | {"surfaces": tuple(surfaces)}))


@dataclass(frozen=True, eq=False)
class Baseline:
    """A frozen fit with m targets and p columns.

    `beta` (p, m); `influence` (B, p, m) change of beta by each block of 28 days; `residuals` (hours, m) out-of-fold
    residuals from `train_start`, NaN where a row was left out; `slow_c` (hours,) the slow temperature [°C] then;
    `scale` (bins, m) the size of the residuals at the slow temperatures `scale_c` (bins,) [°C]. A disqualified
    baseline predicts NaN.
    """

    version: str
    targets: tuple[str, ...]
    spec: Spec
    penalty: float
    beta: Floats
    influence: Floats
    train_start: np.datetime64
    residuals: Floats
    slow_c: Floats
    scale_c: Floats
    scale: Floats
    temperature_range_c: tuple[float, float]
    calendar_ranges: Mapping[str, tuple[float, float]]
    rows_used: int
    rows_left_out: int
    rows_outlying: int  # rows so far from the fit that they count only in part
    level_step: Floats  # (m,) from the mean of training to the level at its end, within beta[0]
    level_sd: Floats  # (m,) of the doubt about that level; 0 in baselines frozen before bands held it
    floor: Floats  # (m,) below which nothing is expected: 0 for what never ran backwards in training, else -inf
    drivers_left_out: Mapping[str, str]  # measured driver -> Swedish reason why the model does not use it
    metrics: Mapping[str, Mapping[str, float]]  # target -> cvrmse_hourly_pct, cvrmse_daily_pct, nmbe_pct, out of fold
    gates: tuple[Gate, ...]
    unfit_targets: Mapping[str, str]  # target beside the first -> Swedish reason why it has no figure
    limits: Limits
    drift: Drift
    inputs_sha256: str

    @property
    def disqualified(self) -> str | None:
        """Return the Swedish reason why this baseline gives no figure, or None."""
        return first_reason(self.gates)

    @property
    def drift_sd(self) -> float:
        """Return the standard deviation of the yearly change of level, as a share of it."""
        return self.drift.sd

    def lifted(self, x: Floats) -> Floats:
        """Return by how much the floor lifts the linear prediction of rows `x` (n, p), (n, m) >= 0 [unit of target].

        NaN where a row is.
        """
        found: Floats = np.maximum(self.floor - x @ self.beta, 0.0)
        return found

    @property
    def train_end(self) -> np.datetime64:
        """Return the first UTC hour after the training."""
        end: np.datetime64 = self.train_start + len(self.residuals) * _HOUR
        return end

    def to_json(self) -> str:
        """Return the baseline as one JSON document with sorted keys; `from_json` gives back every bit of it."""
        data = {f.name: getattr(self, f.name) for f in fields(self)}
        data |= {name: _pack(data[name]) for name in _ARRAYS}
        data |= {"spec": _spec_data(self.spec), "limits": asdict(self.limits)}
        data["drift"] = asdict(self.drift)
        data["gates"] = [asdict(g) for g in self.gates]
        data["train_start"] = str(self.train_start)
        return json.dumps(data, sort_keys=True, ensure_ascii=False)

    @classmethod
    def from_json(cls, text: str) -> Baseline:
        """Return the baseline that `to_json` wrote, now or when the program's model was older.

        Raises InsufficientData for another family of models, or where a field is missing that has no stand-in.
        """
        data = _complete(json.loads(text))
        data |= {name: _unpack(data[name]) for name in _ARRAYS}
        data |= {"spec": _spec(data["spec"]), "limits": Limits(**data["limits"]), "drift": Drift(**data["drift"])}
        data["gates"] = tuple(Gate(**g) for g in data["gates"])
        data["targets"] = tuple(data["targets"])
        data["train_start"] = np.datetime64(data["train_start"], "s")
        data["temperature_range_c"] = tuple(data["temperature_range_c"])
        data["calendar_ranges"] = {name: tuple(span) for name, span in data["calendar_ranges"].items()}
        return cls(**data)


def _complete(data: dict[str, Any]) -> dict[str, Any]:
    """Return a read baseline with the fields that came after it; InsufficientData where it cannot be read."""
    version, wanted = str(data.get("version")), {f.name for f in fields(Baseline)}
    for name, (like, value) in _LATER.items():
        if name not in data and like in data:
            data[name] = _pack(np.full(data[like]["shape"], value))
    told = f"baslinjen är av version {version!r}, programmet läser {VERSION!r}"
    if version.split("/")[0] != VERSION.split("/")[0]:
        raise InsufficientData(told)
    odd = sorted(wanted ^ set(data))
    if odd:
        raise InsufficientData(f"{told}: {', '.join(odd)} {'saknas' if set(odd) <= wanted else 'är okänt'}")
    return data
