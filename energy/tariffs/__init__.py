"""Price lists as data, billing determinants and the bill. Not for readings: loads come in as arrays, hour by hour."""
