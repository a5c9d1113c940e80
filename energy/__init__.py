"""Pure domain library: frames, arrays and frozen dataclasses in and out. No I/O, clock, environment or logging."""
