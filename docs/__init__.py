"""Documentation: hand-written pages, and `generate`, which writes the others from the program's own registries."""
