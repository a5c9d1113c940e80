"""Invoices against the books: what was posted where, what is still to be posted, and who carries the cost."""

from energy.accounts.accruals import accruals, postings
from energy.accounts.allocation import allocate, reallocated_sek
from energy.accounts.matching import match
from energy.accounts.postings_csv import postings_csv
from energy.accounts.rules import BookRules

__all__ = ["BookRules", "accruals", "allocate", "match", "postings", "postings_csv", "reallocated_sek"]
