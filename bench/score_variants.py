"""What the scoring kernel might have been: the ways that score_kernel.py holds it against."""

from typing import Any

import numpy as np

from newslabel.models.machine_code import LOWEST
from newslabel.score.kernel import ROWS, _add_product, _copy, _keep, _pass_lstm


def pool_with_widths_as_arguments(  # noqa: PLR0913, PLR0917 - that is the point
    table: Any,
    recurrent: Any,
    candidate_bias: Any,  # noqa: ARG001 - a GRU's
    token_ids: Any,
    spans: Any,
    stride: int,
    pooled: Any,
    units: int,
    depth: int,
    width: int,
    lanes: int,
    sums_width: int,
) -> None:
    """As `pooled_steps` makes it of an LSTM and the maximum, but one function for all widths."""
    hidden = np.zeros((ROWS, lanes), np.float32)
    cell = np.zeros((ROWS, lanes), np.float32)
    largest = np.zeros((ROWS, lanes), np.float32)
    sums = np.zeros((ROWS, sums_width), np.float32)
    for first in range(0, len(spans), ROWS):
        rows = min(ROWS, len(spans) - first)
        hidden[:] = 0
        cell[:] = 0
        largest[:] = LOWEST
        for step in range(spans[first + rows - 1, 1]):
            for row in range(rows):
                if step < spans[first + row, 1]:
                    _copy(table[token_ids[spans[first + row, 0] + stride * step]], sums[row], 4 * units)
            _add_product(sums, hidden, recurrent, depth, width)
            for row in range(rows):
                if step < spans[first + row, 1]:
                    _pass_lstm(sums[row], hidden[row], cell[row], units, lanes)
                    _keep(hidden[row], largest[row], largest[row], lanes, True, False)
        for row in range(rows):
            _copy(largest[row], pooled[first + row, 0], units)


def product_alone(recurrent: Any, lengths: Any, depth: int, width: int) -> Any:
    """The recurrent product of each step, and nothing else; the sum keeps the compiler from leaving it out."""
    hidden = np.full((ROWS, depth), np.float32(0.01))
    sums = np.zeros((ROWS, width), np.float32)
    for last in range(ROWS - 1, len(lengths), ROWS):
        for _ in range(lengths[last]):
            _add_product(sums, hidden, recurrent, depth, width)
    return sums.sum()
