"""A synthetic facility written as real source files. Everything in it is made up and marked so.

`files` is what the program reads; `truth`, the physics behind it, is for tests alone.
"""

from energy.demo.facility import files
from energy.demo.outcome import truth

__all__ = ["files", "truth"]
