"""The settings of a home: energibok.toml, its tables, and what is said of what is wrong in it."""
