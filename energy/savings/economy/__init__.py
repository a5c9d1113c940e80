"""A project's calculation: capital, cash flows, returns with odds, what matters most, promised and delivered."""
