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


def add_product_by_loops(sums: Any, hidden: Any, recurrent: Any, depth: int, width: int) -> None:
    """As `_add_product`, four units of four rows at a time, and which register holds what is left to LLVM."""
    for unit in range(0, depth, 4):
        u0, u1, u2, u3 = recurrent[unit], recurrent[unit + 1], recurrent[unit + 2], recurrent[unit + 3]
        for row in range(0, ROWS, 4):
            a, b, c, d = hidden[row], hidden[row + 1], hidden[row + 2], hidden[row + 3]
            a0, a1, a2, a3 = a[unit], a[unit + 1], a[unit + 2], a[unit + 3]
            b0, b1, b2, b3 = b[unit], b[unit + 1], b[unit + 2], b[unit + 3]
            c0, c1, c2, c3 = c[unit], c[unit + 1], c[unit + 2], c[unit + 3]
            d0, d1, d2, d3 = d[unit], d[unit + 1], d[unit + 2], d[unit + 3]
            sum_a, sum_b, sum_c, sum_d = sums[row], sums[row + 1], sums[row + 2], sums[row + 3]
            for gate in range(width):
                v0, v1, v2, v3 = u0[gate], u1[gate], u2[gate], u3[gate]
                sum_a[gate] += a0 * v0 + a1 * v1 + a2 * v2 + a3 * v3
                sum_b[gate] += b0 * v0 + b1 * v1 + b2 * v2 + b3 * v3
                sum_c[gate] += c0 * v0 + c1 * v1 + c2 * v2 + c3 * v3
                sum_d[gate] += d0 * v0 + d1 * v1 + d2 * v2 + d3 * v3


def fetch_nothing(_table: Any, _row: int, _columns: int) -> None:
    """In place of `fetch_row`."""
