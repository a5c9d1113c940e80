"""One store explained from its meters: balance, content, heat pump, worth, and what cannot be told."""
