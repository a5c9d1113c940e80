"""Baselines scored on anybody's data: tidied, fitted on one period, judged on another."""
