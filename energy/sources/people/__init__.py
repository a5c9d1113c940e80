"""Files that people keep: bookings, opening hours, events, budgets, decisions."""
