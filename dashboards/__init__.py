"""HOW it is shown: pages, workbook and letter from marts alone. No database, no formulas."""
