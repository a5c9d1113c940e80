"""The bridge between two periods: re-billed states shared among the causes, summing exactly both ways."""
