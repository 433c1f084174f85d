"""Arithmetic written as LLVM code without numba reading it: Python runs a function once, on values that write it down.

Inferring the types of a page of formulas and lowering them takes numba tenths of a second; running it takes a
millisecond. What it writes for the loops over rows are vector instructions from the start, `WIDTH` rows at a time: LLVM
need not find out that a loop can be one, and writes no second loop for the rows that are left over.

Such functions may call each other, and loop in Python over what is known beforehand. But a value is no float: `select`
instead of "if", `larger` of max, `root` of sqrt, `&` and `|` of "and" and "or". "a * b + c" may be one fused operation.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Iterator
from typing import Any, TypeVar

from llvmlite import binding, ir
from numba import types
from numba.core.cgutils import alloca_once_value, for_range, get_or_insert_function
from numba.core.typing import signature
from numba.extending import lower_builtin, type_callable
from numba.np.arrayobj import make_array

F = TypeVar("F", bound=Callable[..., Any])
DOUBLE, INTEGER, TRUTH, FUSED = ir.DoubleType(), ir.IntType(64), ir.IntType(1), ("contract",)
TYPES = {"float": types.float64, "int": types.int64, "bool": types.boolean, "None": types.none}


def widest() -> int:
    """Doubles in a vector register of this processor, at least 4 (LLVM makes two operations of one where it must)."""
    try:
        return 8 if binding.get_host_cpu_features().get("avx512f", False) else 4
    except RuntimeError:
        return 4


WIDTH = widest()
SHIFT = WIDTH.bit_length() - 1


def is_double(code: Any) -> bool:
    """Whether `code` is a double or a vector of them."""
    return bool(getattr(code.type, "element", code.type) == DOUBLE)


def width_of(code: Any) -> int:
    """How many elements a vector has; 0 of what is none."""
    return int(getattr(code.type, "count", 0))


def spread(builder: Any, code: Any, width: int) -> Any:
    """A vector of `width` equal elements; a vector as it is."""
    if width_of(code) > 0:
        return code
    empty = ir.Constant(ir.VectorType(code.type, width), ir.Undefined)
    first = builder.insert_element(empty, code, ir.IntType(32)(0))
    return builder.shuffle_vector(first, empty, ir.Constant(ir.VectorType(ir.IntType(32), width), 0))


def matched(builder: Any, *operands: Any, width: int = 0) -> list[Any]:
    """The codes of operands, with constants of the others' type; vectors if one of them is, or of `width` elements."""
    codes = [operand.code for operand in operands if isinstance(operand, Value)]
    kind = getattr(codes[0].type, "element", codes[0].type) if codes else DOUBLE
    width = max([width, *map(width_of, codes)])
    if width == 0:
        return [operand.code if isinstance(operand, Value) else kind(operand) for operand in operands]
    vector = ir.VectorType(kind, width)
    return [
        spread(builder, operand.code, width) if isinstance(operand, Value) else ir.Constant(vector, operand)
        for operand in operands
    ]


class Value:
    """A number or truth, or a vector of them, that the code being written will have; operators write the operation."""

    __slots__ = ("builder", "code", "flags")
    __hash__ = None  # type: ignore[assignment]

    def __init__(self, builder: Any, code: Any, flags: tuple[str, ...] = FUSED) -> None:
        self.builder, self.code, self.flags = builder, code, flags

    def __bool__(self) -> bool:
        """Raise TypeError: which it is will be known when the code runs."""
        raise TypeError("a value has no truth while its code is written: use select, & and |")

    def made(self, code: Any) -> Value:
        """A result of this value."""
        return Value(self.builder, code, self.flags)

    def arithmetic(self, name: str, left: object, right: object) -> Value:
        """Operation `name` of LLVM, with the prefix that doubles have."""
        codes = matched(self.builder, left, right)
        if is_double(codes[0]):
            return self.made(getattr(self.builder, "f" + name)(*codes, flags=self.flags))
        return self.made(getattr(self.builder, name)(*codes))

    def compared(self, sign: str, other: object) -> Value:
        """A truth; that of NaN is false, but for "!="."""
        codes = matched(self.builder, self, other)
        ordered = self.builder.fcmp_ordered if sign != "!=" else self.builder.fcmp_unordered
        return self.made((ordered if is_double(codes[0]) else self.builder.icmp_signed)(sign, *codes))

    def function(self, name: str) -> Value:
        """LLVM's own function of one double."""
        kind, width = self.code.type, width_of(self.code)
        suffix = f"v{width}f64" if width else "f64"
        declared = ir.FunctionType(kind, [kind])
        called = get_or_insert_function(self.builder.module, declared, f"llvm.{name}.{suffix}")
        return self.made(self.builder.call(called, [self.code]))

    def __add__(self, other: object) -> Value:
        return self.arithmetic("add", self, other)

    def __radd__(self, other: object) -> Value:
        return self.arithmetic("add", other, self)

    def __sub__(self, other: object) -> Value:
        return self.arithmetic("sub", self, other)

    def __rsub__(self, other: object) -> Value:
        return self.arithmetic("sub", other, self)

    def __mul__(self, other: object) -> Value:
        return self.arithmetic("mul", self, other)

    def __rmul__(self, other: object) -> Value:
        return self.arithmetic("mul", other, self)

    def __truediv__(self, other: object) -> Value:
        return self.arithmetic("div", self, other)

    def __rtruediv__(self, other: object) -> Value:
        return self.arithmetic("div", other, self)

    def __neg__(self) -> Value:
        return self.made(self.builder.fneg(self.code, flags=self.flags))

    def __abs__(self) -> Value:
        return self.function("fabs")

    def __lshift__(self, other: object) -> Value:
        return self.made(self.builder.shl(*matched(self.builder, self, other)))

    def __rshift__(self, other: object) -> Value:
        return self.made(self.builder.ashr(*matched(self.builder, self, other)))

    def __and__(self, other: object) -> Value:
        return self.made(self.builder.and_(*matched(self.builder, self, other)))

    def __or__(self, other: object) -> Value:
        return self.made(self.builder.or_(*matched(self.builder, self, other)))

    def __lt__(self, other: object) -> Value:
        return self.compared("<", other)

    def __le__(self, other: object) -> Value:
        return self.compared("<=", other)

    def __gt__(self, other: object) -> Value:
        return self.compared(">", other)

    def __ge__(self, other: object) -> Value:
        return self.compared(">=", other)

    def __eq__(self, other: object) -> Value:  # type: ignore[override]
        return self.compared("==", other)

    def __ne__(self, other: object) -> Value:  # type: ignore[override]
        return self.compared("!=", other)


class Lane:
    """`width` places of an array's last index, from `start` on: all of them, or those that `mask` says."""

    __slots__ = ("mask", "start", "vector", "width")

    def __init__(self, start: Value, width: int, mask: Any = None) -> None:
        self.start, self.width, self.mask = start, width, mask
        self.vector = ir.VectorType(DOUBLE, width)

    def within(self, count: Any, begin: Any = 0) -> Lane:
        """These places of an array from `begin` on that has `count` there: the others load as 1 and are not stored."""
        builder, places = self.start.builder, ir.VectorType(INTEGER, self.width)
        left = spread(builder, (count - self.start).code, self.width)
        exist = builder.icmp_signed("<", ir.Constant(places, list(range(self.width))), left)
        return Lane(self.start + begin, self.width, exist)


class Table:
    """A contiguous array of doubles: indexing loads, assigning to an index stores. Indices count from the front."""

    __slots__ = ("builder", "data", "shape")

    def __init__(self, context: Any, builder: Any, kind: Any, code: Any) -> None:
        array = make_array(kind)(context, builder, code)
        self.builder, self.data = builder, array.data
        self.shape = [builder.extract_value(array.shape, n) for n in range(kind.ndim)]

    def place(self, indices: Any) -> tuple[Any, Lane | None]:
        """Pointer to an element or to a vector of them, and the lane if there is one."""
        every = indices if isinstance(indices, tuple) else (indices,)
        lane = every[-1] if isinstance(every[-1], Lane) else None
        every = (*every[:-1], lane.start) if lane else every
        one, *others = [index.code if isinstance(index, Value) else INTEGER(index) for index in every]
        for size, index in zip(self.shape[1:], others, strict=True):
            one = self.builder.add(self.builder.mul(one, size), index)
        pointer = self.builder.gep(self.data, [one])
        return (self.builder.bitcast(pointer, lane.vector.as_pointer()) if lane else pointer), lane

    def __getitem__(self, indices: Any) -> Value:
        pointer, lane = self.place(indices)
        if lane is None or lane.mask is None:
            return Value(self.builder, self.builder.load(pointer, align=8))
        operands = [pointer, ir.IntType(32)(8), lane.mask, ir.Constant(lane.vector, 1.0)]
        return Value(self.builder, self.masked("load", lane, lane.vector, operands))

    def __setitem__(self, indices: Any, value: Any) -> None:
        pointer, lane = self.place(indices)
        code = value.code if isinstance(value, Value) else DOUBLE(value)
        code = spread(self.builder, code, lane.width) if lane else code
        if lane is None or lane.mask is None:
            self.builder.store(code, pointer, align=8)
        else:
            self.masked("store", lane, ir.VoidType(), [code, pointer, ir.IntType(32)(8), lane.mask])

    def masked(self, name: str, lane: Lane, result: Any, operands: list[Any]) -> Any:
        """LLVM's function that loads or stores the places of a mask."""
        declared = ir.FunctionType(result, [operand.type for operand in operands])
        full = f"llvm.masked.{name}.v{lane.width}f64.p0v{lane.width}f64"
        return self.builder.call(get_or_insert_function(self.builder.module, declared, full), operands)


def rounds(count: Any) -> Iterator[Any]:
    """Write a loop: the body of "for n in rounds(count)" runs once here, and `count` times, n from 0, in the code.

    A name that the body binds anew has its old value again in the next round: what goes from round to round goes
    through an array, or is `Running`.
    """
    with for_range(count.builder, count.code) as loop:
        yield count.made(loop.index)


class Running:
    """A double that goes from round to round of a loop, which a name does not (see `rounds`)."""

    __slots__ = ("builder", "room")

    def __init__(self, start: Any, beside: Any) -> None:
        """`start` is a value or a constant; `beside`: any other value."""
        self.builder = beside.builder
        self.room = alloca_once_value(self.builder, start.code if isinstance(start, Value) else DOUBLE(start))

    @property
    def now(self) -> Any:
        """What it has come to."""
        return Value(self.builder, self.builder.load(self.room))

    def add(self, value: Any) -> None:
        """Add to it."""
        self.builder.store((self.now + value).code, self.room)


def lanes(count: Any, *, halves: bool = False) -> Iterator[Any]:
    """`rounds` over `count` places of an array, a `Lane` at a time; the last one may reach beyond them.

    `halves`: what does not fill a vector is left to vectors of half the size, in code of its own. It takes longer to
    compile, and pays where a few places are usual and much is to be done at each.
    """
    whole = count >> SHIFT if halves else (count + (WIDTH - 1)) >> SHIFT
    for n in rounds(whole):
        yield Lane(n << SHIFT, WIDTH)
    if halves:
        done, half = whole << SHIFT, WIDTH // 2
        for n in rounds((count - done + (half - 1)) >> (SHIFT - 1)):
            yield Lane(done + (n << (SHIFT - 1)), half)


def select(condition: Any, yes: Any, no: Any) -> float:
    """`yes` where `condition` is true, else `no`; both are worked out."""
    builder = condition.builder
    codes = matched(builder, yes, no, width=width_of(condition.code))
    chosen: float = condition.made(builder.select(condition.code, *codes))
    return chosen


def larger(a: Any, b: Any) -> float:
    """Python's max(a, b) of a value and a value or constant."""
    return select(a < b, b, a)


def smaller(a: Any, b: Any) -> float:
    """Python's min(a, b) of a value and a value or constant."""
    return select(a > b, b, a)


def root(x: Any) -> float:
    """Square root; NaN below 0."""
    found: float = x.function("sqrt")
    return found


def to_bits(x: Any) -> Any:
    """The bits of a double as an integer."""
    width = width_of(x.code)
    return x.made(x.builder.bitcast(x.code, ir.VectorType(INTEGER, width) if width else INTEGER))


def from_bits(bits: Any) -> Any:
    """The double with these bits."""
    width = width_of(bits.code)
    return bits.made(bits.builder.bitcast(bits.code, ir.VectorType(DOUBLE, width) if width else DOUBLE))


def as_written(function: F) -> F:
    """Keeps every rounding of a function of values, for one that measures its own rounding."""

    @functools.wraps(function)
    def run(*arguments: Value) -> Value:
        found = function(*(Value(value.builder, value.code, ()) for value in arguments))
        return Value(found.builder, found.code)

    return run  # type: ignore[return-value]


def emitted(function: F) -> F:
    """Lets kernels call `function`: numba takes the types from its annotations, and the code from running it.

    It stays what it is for other functions of this kind. Arrays may be of any type and are passed as they are.
    """
    declared = inspect.signature(function)
    kinds = [TYPES.get(str(parameter.annotation)) for parameter in declared.parameters.values()]
    result = TYPES[str(function.__annotations__["return"])]

    def infer(_context: Any) -> Any:
        def typed(*given: Any) -> Any:
            return signature(result, *(kind or found for kind, found in zip(kinds, given, strict=True)))

        typed.pysig = declared  # type: ignore[attr-defined]
        return typed

    def generate(context: Any, builder: Any, asked: Any, arguments: Any) -> Any:
        values = [
            Table(context, builder, kind, code) if isinstance(kind, types.Array) else Value(builder, code)
            for kind, code in zip(asked.args, arguments, strict=True)
        ]
        found = function(*values)
        return context.get_dummy_value() if found is None else found.code

    type_callable(function)(infer)
    lower_builtin(function, types.VarArg(types.Any))(generate)
    return function
