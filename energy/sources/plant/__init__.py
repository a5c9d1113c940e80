"""Trends of the building automation."""
