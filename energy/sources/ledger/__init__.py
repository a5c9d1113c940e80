"""The general ledger: SIE files and tables from the ledger system."""
