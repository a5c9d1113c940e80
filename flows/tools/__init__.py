"""The commands that need no home: a bill, a baseline and price lists from files alone."""
