"""Spot prices and exchange rates."""
