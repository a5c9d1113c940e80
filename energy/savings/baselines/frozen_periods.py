"""The frozen change-point baseline and its text form, bit for bit, as `frozen` does for the hourly one."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any, Literal

import numpy as np

from energy.errors import InsufficientData
from energy.model import Floats
from energy.savings.baselines.sufficiency import Gate, Limits, first_reason

VERSION = "change-point/1"
_ARRAYS = ("beta", "influence", "days", "residuals", "expected")
_DAYS = ("train_first", "train_end")


@dataclass(frozen=True)
class Shape:
    """The terms of a change-point model: change points [°C] or None, weekend level, operating states."""

    heating_c: float | None
    cooling_c: float | None
    weekend: bool
    calendar: tuple[str, ...]

    @property
    def parameters(self) -> int:
        """Return the number of parameters of the temperature part: 1, 3 or 5 (a change point counts as one)."""
        return 1 + 2 * ((self.heating_c is not None) + (self.cooling_c is not None))


@dataclass(frozen=True, eq=False)
class PeriodBaseline:
    """A frozen fit on n periods of days with p columns; energy is per day [kWh].

    `beta` (p,); `influence` (B, p) change of beta by each block; `days` (n,) length, `residuals` and `expected` (n,)
    out of fold [kWh a day] of each period; `change_point_sd_c` the uncertainty of the balance temperature [°C]. A
    disqualified baseline predicts NaN. The names it shares with `frozen.Baseline` mean the same.
    """

    version: str
    family: Literal["daily", "billing"]
    targets: tuple[str, ...]
    shape: Shape
    beta: Floats
    influence: Floats
    change_point_sd_c: float
    train_first: np.datetime64
    train_end: np.datetime64
    days: Floats
    residuals: Floats
    expected: Floats
    temperature_range_c: tuple[float, float]
    calendar_ranges: Mapping[str, tuple[float, float]]
    rows_used: int
    rows_left_out: int
    metrics: Mapping[str, Mapping[str, float]]  # energy_kwh -> cvrmse_daily_pct, cvrmse_monthly_pct, nmbe_pct
    notes: tuple[str, ...]  # what the reader should know though the gates are passed
    gates: tuple[Gate, ...]
    limits: Limits
    drift_sd: float
    drift_freedom: float  # of the Student's t of its steps, infinite for a normal one
    drift_source: str
    inputs_sha256: str

    @property
    def disqualified(self) -> str | None:
        """Return the Swedish reason why this baseline gives no figure, or None."""
        return first_reason(self.gates)

    def to_json(self) -> str:
        """Return the baseline as one JSON document with sorted keys; `from_json` gives back every bit of it."""
        data = {f.name: getattr(self, f.name) for f in fields(self)}
        data |= {n: {"shape": list(data[n].shape), "f8": data[n].astype("<f8").tobytes().hex()} for n in _ARRAYS}
        data |= {n: str(data[n]) for n in _DAYS}
        data |= {"shape": asdict(self.shape), "limits": asdict(self.limits), "gates": [asdict(g) for g in self.gates]}
        return json.dumps(data, sort_keys=True, ensure_ascii=False)

    @classmethod
    def from_json(cls, text: str) -> PeriodBaseline:
        """Return the baseline that `to_json` wrote. Raises InsufficientData for text of another model version."""
        data = json.loads(text)
        if data.get("version") != VERSION:
            raise InsufficientData(f"baslinjen är av version {data.get('version')!r}, programmet läser {VERSION!r}")
        data |= {n: _array(data[n]) for n in _ARRAYS}
        data |= {n: np.datetime64(data[n], "D") for n in _DAYS}
        shape = data["shape"]
        data["shape"] = Shape(shape["heating_c"], shape["cooling_c"], shape["weekend"], tuple(shape["calendar"]))
        data |= {"limits": Limits(**data["limits"]), "gates": tuple(Gate(**g) for g in data["gates"])}
        data |= {name: tuple(data[name]) for name in ("targets", "notes", "temperature_range_c")}
        data["calendar_ranges"] = {name: tuple(span) for name, span in data["calendar_ranges"].items()}
        return cls(**data)


def _array(packed: Mapping[str, Any]) -> Floats:
    return np.frombuffer(bytes.fromhex(packed["f8"]), dtype="<f8").astype(np.float64).reshape(packed["shape"])
