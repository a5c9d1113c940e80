"""Energy stores: explained from whatever meters they have, and what the best operation could have earned."""
