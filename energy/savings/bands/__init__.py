"""How wrong a baseline may be: draws, drift between years, and placebo dates that prove the bands."""
