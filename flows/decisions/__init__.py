"""What persons decide on the command line: a month closed, a measure, a baseline fitted anew. Kept, never changed."""
