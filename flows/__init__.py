"""WHEN things happen: ingest, analyse, publish, the store, the settings and the command line. No formulas."""
