"""Which values of a meter spoil it: a reason for no figure names them, beside the gate that they made fail."""

from __future__ import annotations

from energy.calendar import Instants
from energy.savings.baselines.stuck import stuck
from energy.savings.scores.tidy import Meter


def spoiled(meter: Meter, *periods: Instants) -> str:
    """Return in Swedish how many values of a meter are infinite, or stand still in the periods; "" without any."""
    said = []
    if meter.infinite:
        said.append(f"{meter.infinite} värden i filen är oändliga och räknas inte")
    still = sum(int(stuck(meter.on(hours)).sum()) for hours in periods if meter.periods is None and len(hours))
    if still:
        said.append(f"mätaren står still på samma värde i {still} timmar, som inte räknas")
    return "; ".join(said)


def named(reason: str, meter: Meter, *periods: Instants) -> str:
    """Return a reason for no figure with what spoils the meter after it."""
    why = spoiled(meter, *periods)
    return f"{reason}; {why}" if why else reason
