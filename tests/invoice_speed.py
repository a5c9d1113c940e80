"""How long one e-invoice takes, layer by layer. Run: python -m tests.invoice_speed

`milliseconds` is for tests/bench.py to call in a process of its own; what is compiled once is left out of the times.
"""

from __future__ import annotations

import statistics
import time
from pathlib import Path

from energy.sources.invoices.peppol import read

LAYERS: dict[str, tuple[str, ...]] = {
    "read": (),
    "read, xsd": ("xsd",),
    "read, xsd, EN 16931": ("xsd", "en16931"),
    "read, xsd, EN 16931, Peppol": ("xsd", "en16931", "peppol"),
}
SAMPLE = Path(__file__).parent / "official" / "heat_invoice.xml"


def milliseconds(data: bytes, layers: tuple[str, ...], runs: int = 200) -> tuple[float, ...]:
    """Return the time of each of `runs` readings of one invoice through the official `layers` [ms]."""
    read(data, "faktura.xml", {"rules": layers})  # schema and rules are compiled here
    taken = []
    for _ in range(runs):
        start = time.perf_counter()
        read(data, "faktura.xml", {"rules": layers})
        taken.append((time.perf_counter() - start) * 1000)
    return tuple(taken)


def main() -> None:
    """Print the median and the fastest time of every combination of layers."""
    data = SAMPLE.read_bytes()
    for name, layers in LAYERS.items():
        taken = milliseconds(data, layers)
        print(f"{name:30} {statistics.median(taken):6.2f} ms (min {min(taken):.2f})")


if __name__ == "__main__":
    main()
