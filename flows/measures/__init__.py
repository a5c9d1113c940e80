"""Measures carried to and from their rules, their register, its decisions and what became of them."""
