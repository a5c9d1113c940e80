"""HiGHS behind one function. Importing this module loads the solver, so it is imported where something is solved."""

from __future__ import annotations

import highspy
import numpy as np

from energy.errors import InsufficientData
from energy.model import Floats
from energy.storage.optimum.matrix import Columns, Rows

__all__ = ["cheapest"]

_LARGE = 18_000  # rows from which the interior point method is the faster: a content bounded in every hour of a year


class _Quiet(highspy.Highs):
    """The solver without the banner it prints when it is made: standard output belongs to the commands."""

    def enableCallbacks(self) -> None:  # noqa: N802 - the solver's own name
        """Turn its output off before anything else."""
        self.setOptionValue("output_flag", False)
        super().enableCallbacks()  # type: ignore[no-untyped-call]


def cheapest(columns: Columns, rows: Rows) -> tuple[Floats, Floats, float]:
    """Return (values of the columns, duals of the rows, the objective) of the cheapest solution.

    Raises InsufficientData where no solution keeps every row and bound.
    """
    solver = _Quiet()  # type: ignore[no-untyped-call]
    solver.setOptionValue("threads", 1)
    solver.setOptionValue("solver", "ipm" if rows.count > _LARGE else "simplex")
    solver.passModel(_model(columns, rows))
    solver.run()
    if solver.getModelStatus() != highspy.HighsModelStatus.kOptimal:
        raise InsufficientData(
            "kan inte bedömas: ingen drift ryms inom lagrets kapacitet, effekt och källa "
            f"(lösaren svarar «{solver.modelStatusToString(solver.getModelStatus())}»)"
        )
    found = solver.getSolution()
    cost = float(solver.getInfo().objective_function_value)
    return np.array(found.col_value), np.array(found.row_dual), cost


def _model(columns: Columns, rows: Rows) -> highspy.HighsLp:
    row, column = np.concatenate(rows.row), np.concatenate(rows.column)
    order = np.lexsort((row, column))
    model = highspy.HighsLp()
    model.num_col_, model.num_row_ = columns.count, rows.count
    model.col_cost_ = np.concatenate(columns.cost)
    model.col_lower_, model.col_upper_ = np.concatenate(columns.low), np.concatenate(columns.high)
    model.row_lower_, model.row_upper_ = np.concatenate(rows.low), np.concatenate(rows.high)
    model.a_matrix_.format_ = highspy.MatrixFormat.kColwise
    model.a_matrix_.start_ = np.concatenate(([0], np.cumsum(np.bincount(column, minlength=columns.count))))
    model.a_matrix_.index_ = row[order]
    model.a_matrix_.value_ = np.concatenate(rows.value)[order]
    return model
