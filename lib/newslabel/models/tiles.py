"""A product of matrices in vector registers, written as LLVM's instructions: the heart of the scoring kernel.

What it buys: left to LLVM, a loop reads and writes the sums for every four factors; here those of some rows stay in
registers from the first factor to the last. The product goes twice as fast, at 260 GFLOP/s, where a core made 270 of
multiply-adds alone (by hand, in C); a text takes four fifths of the time (bench/score_kernel.py), of real news two
thirds.
"""

from functools import partial
from typing import Any

from llvmlite import binding, ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

FLOAT, INT = ir.FloatType(), ir.IntType(32)
FLOAT_BYTES, LINE_BYTES = 4, 64  # of a cache
# as many sums as there are registers for, beside the factors that they are made of: 24 of 32, or 12 of 16
HAS_AVX512 = binding.get_host_cpu_features().get("avx512f", False)
LANES = 16 if HAS_AVX512 else 8  # floats in a register
TILE_ROWS = 8 if HAS_AVX512 else 4
TILE_VECTORS = 3
VECTOR = ir.VectorType(FLOAT, LANES)


@intrinsic(prefer_literal=True)
def add_product_to_tile(
    _context: Any, sums: Any, hidden: Any, recurrent: Any, row: Any, column: Any, depth: Any, vectors: Any
) -> Any:
    """Adds hidden · recurrent to a tile of the sums: TILE_ROWS rows, and as many registers' columns as `vectors` says.

    Each sum has its products added in the order of depth, by fused multiply-add, whatever the tile.

    Args:
        sums: float32 (rows, columns or more), written.
        hidden: float32 (rows, depth or more).
        recurrent: float32 (depth, columns).
        row: of the sums and of hidden, where the tile begins.
        column: of the sums and of recurrent, where it begins.
        depth: how many products a sum is of.
        vectors: a constant, TILE_VECTORS at most.
    """
    del row, column, depth  # each is taken as an int64
    signature = types.void(sums, hidden, recurrent, types.int64, types.int64, types.int64, vectors)
    return signature, partial(_add_product, vectors=vectors.literal_value)


@intrinsic
def fetch_row(_context: Any, table: Any, row: Any, columns: Any) -> Any:
    """Asks for a row of a float32 table, so many columns of it, ahead of its use, without waiting.

    What it buys: an eighth of the time of real news, as words that are rare lie in no cache.
    """
    del row, columns
    return types.void(table, types.int64, types.int64), _fetch_row


def _add_product(context: Any, builder: Any, signature: Any, arguments: Any, *, vectors: int) -> Any:
    sums, hidden, recurrent = (
        _Matrix(context, builder, kind, value) for kind, value in zip(signature.args[:3], arguments[:3], strict=True)
    )
    row, column, depth = arguments[3:6]
    rows = [builder.add(row, row.type(number)) for number in range(TILE_ROWS)]
    places = [[builder.add(sums.place(each, column), row.type(LANES * v)) for v in range(vectors)] for each in rows]
    # they live on no stack: LLVM keeps in registers what no other pointer reaches
    tile = [[cgutils.alloca_once_value(builder, sums.vector(place)) for place in each] for each in places]
    multiply_add = cgutils.get_or_insert_function(
        builder.module, ir.FunctionType(VECTOR, [VECTOR] * 3), f"llvm.fma.v{LANES}f32"
    )
    with cgutils.for_range(builder, depth) as loop:
        first = recurrent.place(loop.index, column)
        factors = [recurrent.vector(builder.add(first, row.type(LANES * v))) for v in range(vectors)]
        for each, of_row in zip(rows, tile, strict=True):
            value = hidden.broadcast(hidden.place(each, loop.index))
            for factor, held in zip(factors, of_row, strict=True):
                builder.store(builder.call(multiply_add, [value, factor, builder.load(held)]), held)
    for of_row, held_by in zip(places, tile, strict=True):
        for place, held in zip(of_row, held_by, strict=True):
            sums.store(builder.load(held), place)
    return context.get_dummy_value()


def _fetch_row(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
    table = _Matrix(context, builder, signature.args[0], arguments[0])
    row, columns = arguments[1:]
    zero, step = row.type(0), row.type(LINE_BYTES // FLOAT_BYTES)
    with cgutils.for_range_slice(builder, zero, columns, step, row.type) as (column, _):
        table.fetch(table.place(row, column))
    return context.get_dummy_value()


class _Matrix:
    """A float32 array (rows, columns) in C order, as instructions read and write it."""

    def __init__(self, context: Any, builder: Any, kind: Any, value: Any) -> None:
        self._builder = builder
        array = context.make_array(kind)(context, builder, value)
        self._data = array.data
        self._columns = cgutils.unpack_tuple(builder, array.shape)[1]

    def place(self, row: Any, column: Any) -> Any:
        return self._builder.add(self._builder.mul(row, self._columns), column)

    def vector(self, place: Any) -> Any:
        return self._builder.load(self._pointer(place), align=FLOAT_BYTES)

    def store(self, vector: Any, place: Any) -> None:
        self._builder.store(vector, self._pointer(place), align=FLOAT_BYTES)

    def fetch(self, place: Any) -> None:
        byte = ir.IntType(8).as_pointer()
        prefetch = cgutils.get_or_insert_function(
            self._builder.module, ir.FunctionType(ir.VoidType(), [byte, INT, INT, INT]), "llvm.prefetch.p0"
        )
        address = self._builder.bitcast(self._builder.gep(self._data, [place]), byte)
        self._builder.call(prefetch, [address, INT(0), INT(3), INT(1)])  # to read, into the nearest cache, of data

    def broadcast(self, place: Any) -> Any:
        value = self._builder.load(self._builder.gep(self._data, [place]))
        alone = self._builder.insert_element(ir.Constant(VECTOR, ir.Undefined), value, INT(0))
        everywhere = ir.Constant(ir.VectorType(INT, LANES), [0] * LANES)
        return self._builder.shuffle_vector(alone, ir.Constant(VECTOR, ir.Undefined), everywhere)

    def _pointer(self, place: Any) -> Any:
        return self._builder.bitcast(self._builder.gep(self._data, [place]), VECTOR.as_pointer())
