"""What the same store could have earned: its year as a linear programme, and the gap to what was done by cause."""
