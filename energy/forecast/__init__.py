"""The year to its end: months so far as they were, the rest drawn from the baseline in the weather of past years."""
