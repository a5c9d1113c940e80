"""The commands that print what was published: they open the published copy read only."""
