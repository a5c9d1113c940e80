"""Energy stores explained from whatever meters they have: balance, state of charge, efficiency, heat pump and worth."""
