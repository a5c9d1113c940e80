"""Savings: baseline, gates, bands, counterfactual bills, bridge. Not for prices (energy.tariffs) nor readings."""
