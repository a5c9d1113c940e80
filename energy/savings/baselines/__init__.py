"""Baselines: what a meter follows (hourly, daily, billing), gates for data and model, frozen and versioned."""
