"""A synthetic facility written as real source files. Everything in it is made up and marked so.

`files` is what the program reads; `truth`, the physics behind it, and `invoice_truth` and `book_truth`, the mistakes in
its invoices and books, are for tests alone.
"""

from energy.demo.facility import files
from energy.demo.outcome import book_truth, invoice_truth, truth

__all__ = ["book_truth", "files", "invoice_truth", "truth"]
