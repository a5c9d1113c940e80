"""SMHI's observations."""
