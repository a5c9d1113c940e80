"""What comes in: fetched, found in the inbox, read by its source, landed in the ledger, and taken back."""
