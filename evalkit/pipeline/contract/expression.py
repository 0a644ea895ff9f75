"""Rules across columns: a small language that is parsed and never executed, computed on whole columns.

`dep_delay <= arr_delay + 60 and (carrier is not null or tailnum in ("N1", "N2"))`. Names are columns (in backquotes
where they are no plain word), `null`, `true` and `false`. A missing value makes what it is part of unknown, as in SQL:
`false and unknown` is false, and a rule that is unknown is not broken.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Mapping
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

__all__ = ["Expression"]

_LONGEST, _DEEPEST = 2_000, 60
_NULL = object()
_QUOTED = re.compile(r"""`([^`]+)`|"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'""")
_STAND_IN = "column_in_quotes_"

_COMPARED: Mapping[type, str] = {
    ast.Lt: "less",
    ast.LtE: "less_equal",
    ast.Gt: "greater",
    ast.GtE: "greater_equal",
    ast.Eq: "equal",
    ast.NotEq: "not_equal",
}
_COMPUTED: Mapping[type, str] = {ast.Add: "add", ast.Sub: "subtract", ast.Mult: "multiply", ast.Div: "divide"}


class Expression:
    """A parsed rule.

    Attributes:
        text: as it was written.
        columns: names of the columns that it reads.
    """

    def __init__(self, text: str) -> None:
        """Parse.

        Raises:
            ValueError: it is no rule, with a sentence.
        """
        self.text = text
        self._names: dict[str, str] = {}
        if len(text) > _LONGEST:
            raise ValueError(f"it has more than {_LONGEST:,} characters")
        plain = _QUOTED.sub(self._unquoted, text.strip())
        try:
            self._tree: ast.expr = ast.parse(plain, mode="eval").body
        except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
            said = error.msg if isinstance(error, SyntaxError) else "it is nested too deeply"
            raise ValueError(f"{said}; write == for equal, `and`, `or`, `not`, `is null`") from None
        if _depth(self._tree) > _DEEPEST:
            raise ValueError(f"it is nested more than {_DEEPEST} deep")
        _refuse(self._tree)
        self.columns = frozenset(self._column(node) for node in ast.walk(self._tree) if self._is_column(node))
        if not self.columns:
            raise ValueError("it names no column")

    def evaluate(self, columns: Mapping[str, Any]) -> Any:
        """Arrow booleans (n,): true, false, or null where a missing value leaves it open.

        Args:
            columns: name -> Arrow array (n,).

        Raises:
            ValueError: types that cannot be compared or computed with, with a sentence.
        """
        try:
            found = self._of(self._tree, columns)
        except (pa.ArrowInvalid, pa.ArrowNotImplementedError, pa.ArrowTypeError, OverflowError) as error:
            raise ValueError(_sentence(error)) from None
        if found is _NULL or found.type != pa.bool_():
            raise ValueError("it is a value, and neither true nor false")
        return found

    def try_on(self, kinds: Mapping[str, Any]) -> None:
        """Evaluate on no rows of these types (None: not known); ValueError where that makes no sense."""
        columns = {name: pa.array([], kind or pa.null()) for name, kind in kinds.items()}
        if None not in kinds.values():
            self.evaluate(columns)

    def _unquoted(self, match: re.Match[str]) -> str:
        if match[1] is None:
            return match.group()
        name = f"{_STAND_IN}{len(self._names)}"
        self._names[name] = match[1]
        return name

    def _is_column(self, node: ast.AST) -> bool:
        return isinstance(node, ast.Name) and node.id not in ("null", "true", "false", *_FUNCTIONS)

    def _column(self, node: Any) -> str:
        return self._names.get(node.id, str(node.id))

    def _of(self, node: ast.expr, columns: Mapping[str, Any]) -> Any:
        if isinstance(node, ast.Name):
            if not self._is_column(node):
                return {"null": _NULL, "true": pa.scalar(True), "false": pa.scalar(False)}[node.id]
            return columns[self._column(node)]
        if isinstance(node, ast.Constant):
            return _NULL if node.value is None else pa.scalar(node.value)
        if isinstance(node, ast.Compare):
            return self._comparison(node, columns)
        if isinstance(node, ast.BoolOp):
            joint = pc.and_kleene if isinstance(node.op, ast.And) else pc.or_kleene
            found = self._of(node.values[0], columns)
            for value in node.values[1:]:
                found = joint(_truth(found), _truth(self._of(value, columns)))
            return found
        if isinstance(node, ast.UnaryOp):
            value = self._of(node.operand, columns)
            return pc.invert(_truth(value)) if isinstance(node.op, ast.Not) else pc.negate(_known(value))
        if isinstance(node, ast.BinOp):
            return _computed(node.op, *(_known(self._of(side, columns)) for side in (node.left, node.right)))
        assert isinstance(node, ast.Call)
        assert isinstance(node.func, ast.Name)
        return _FUNCTIONS[node.func.id](_known(self._of(node.args[0], columns)))

    def _comparison(self, node: ast.Compare, columns: Mapping[str, Any]) -> Any:
        found = None
        left = node.left
        for op, right in zip(node.ops, node.comparators, strict=True):
            one = self._compared(op, left, right, columns)
            found = one if found is None else pc.and_kleene(found, one)
            left = right
        return found

    def _compared(self, op: ast.cmpop, left: ast.expr, right: ast.expr, columns: Mapping[str, Any]) -> Any:
        one = self._of(left, columns)
        if isinstance(op, ast.In | ast.NotIn):
            # Of one value the parentheses are no list to Python: ("AA") is "AA".
            items = right.elts if isinstance(right, ast.Tuple | ast.List) else [right]
            known = [self._of(item, columns) for item in items]
            if _NULL in known:
                raise ValueError("nothing equals null; write `is null`")
            found = pc.equal(*_alike(one, known[0]))
            for other in known[1:]:
                found = pc.or_kleene(found, pc.equal(*_alike(one, other)))
            return pc.invert(found) if isinstance(op, ast.NotIn) else found
        other = self._of(right, columns)
        if isinstance(op, ast.Is | ast.IsNot):
            if other is not _NULL:
                raise ValueError("`is` goes with null; write == for equal")
            return (pc.is_null if isinstance(op, ast.Is) else pc.is_valid)(one)
        if _NULL in (one, other):
            raise ValueError("nothing compares with null; write `is null` or `is not null`")
        return getattr(pc, _COMPARED[type(op)])(*_alike(one, other))


def _refuse(tree: ast.expr) -> None:
    """Everything that is not on the list."""
    allowed: tuple[type, ...] = (
        *(ast.Name, ast.Load, ast.Compare, ast.BoolOp, ast.And, ast.Or, ast.UnaryOp, ast.Not, ast.USub, ast.BinOp),
        *(*_COMPARED, *_COMPUTED, ast.Is, ast.IsNot, ast.In, ast.NotIn),
    )
    within = {id(item) for node in ast.walk(tree) if isinstance(node, ast.Compare) for item in node.comparators}
    called = {id(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}
    for node in ast.walk(tree):
        if isinstance(node, ast.operator | ast.unaryop):
            continue  # told with what it stands in
        if isinstance(node, ast.Constant) and isinstance(node.value, str | int | float | None):
            continue
        if (id(node) in within and _is_list(node)) or (isinstance(node, ast.Call) and _is_known_call(node)):
            continue
        if isinstance(node, ast.Name) and node.id in _FUNCTIONS and id(node) not in called:
            raise ValueError(f"{node.id} is a function; a column of that name goes in backquotes")
        sign = getattr(node, "op", None)
        if not isinstance(node, allowed) or (sign is not None and not isinstance(sign, allowed)):
            raise ValueError(
                f"{ast.unparse(node)!r:.60} is not part of the language: comparisons, + - * /, and, or, not, is null, "
                f"in (...), {', '.join(_FUNCTIONS)}"
            )
        if isinstance(node, ast.Compare):
            for op, right in zip(node.ops, node.comparators, strict=True):
                if isinstance(op, ast.In | ast.NotIn) and not isinstance(right, ast.Tuple | ast.List | ast.Constant):
                    raise ValueError('`in` goes with a list of values: carrier in ("AA", "DL")')


def _is_list(node: ast.AST) -> bool:
    if not isinstance(node, ast.Tuple | ast.List) or not node.elts:
        return False
    return all(isinstance(item, ast.Constant | ast.UnaryOp) for item in node.elts)


def _is_known_call(node: ast.Call) -> bool:
    name = node.func.id if isinstance(node.func, ast.Name) else ""
    return (
        name in _FUNCTIONS and len(node.args) == 1 and not node.keywords and not isinstance(node.args[0], ast.Starred)
    )


def _depth(tree: ast.AST) -> int:
    level: list[ast.AST] = [tree]
    depth = 0
    while level and depth <= _DEEPEST:
        level = [child for node in level for child in ast.iter_child_nodes(node)]
        depth += 1
    return depth


def _known(value: Any) -> Any:
    if value is _NULL:
        raise ValueError("nothing can be computed with null; write `is null` or `is not null`")
    return value


def _truth(value: Any) -> Any:
    if value is _NULL or value.type != pa.bool_():
        raise ValueError("and, or and not go with comparisons")
    return value


def _computed(op: ast.operator, left: Any, right: Any) -> Any:
    """Whole numbers are computed as floats where they are divided, or where int64 cannot hold the result."""
    name = _COMPUTED[type(op)]
    numbers = all(pa.types.is_integer(side.type) or pa.types.is_floating(side.type) for side in (left, right))
    if not numbers:
        return getattr(pc, name)(left, right)
    if name != "divide":
        try:
            return getattr(pc, f"{name}_checked")(*_alike(left, right))
        except pa.ArrowInvalid:
            pass
    return getattr(pc, name)(left.cast(pa.float64(), safe=False), right.cast(pa.float64(), safe=False))


def _alike(left: Any, right: Any) -> tuple[Any, Any]:
    """A text beside a time is a time, and a whole number beside a float is one."""
    if pa.types.is_floating(left.type) and pa.types.is_integer(right.type):
        return left, right.cast(pa.float64(), safe=False)
    if pa.types.is_integer(left.type) and pa.types.is_floating(right.type):
        return left.cast(pa.float64(), safe=False), right
    for one, other in ((left, right), (right, left)):
        if pa.types.is_temporal(one.type) and isinstance(other, pa.Scalar) and pa.types.is_string(other.type):
            from evalkit.pipeline.contract.types import literal

            kind: Any = "date" if pa.types.is_date(one.type) else "timestamp"
            moment = literal(other.as_py(), kind)
            if moment is None:
                raise ValueError(f"{other.as_py()!r:.60} is no {kind}")
            return (one, moment.cast(one.type)) if one is left else (moment.cast(one.type), one)
    return left, right


def _sentence(error: Exception) -> str:
    kinds = re.search(r"input types \(([^)]*)\)", str(error))
    return f"{kinds[1]} do not go together" if kinds else str(error).splitlines()[0][:200]


def _seconds(value: Any) -> Any:
    if not pa.types.is_duration(value.type):
        raise ValueError("seconds() is of a difference of two times")
    return pc.divide(value.cast(pa.duration("us"), safe=False).cast(pa.int64()).cast(pa.float64(), safe=False), 1e6)


_FUNCTIONS: Mapping[str, Callable[[Any], Any]] = {"abs": pc.abs, "length": pc.utf8_length, "seconds": _seconds}
