"""Meter values in every form they are delivered."""
