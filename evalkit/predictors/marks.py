"""What a user's own function may wear or return: `@batch` and `Reply`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar, overload

F = TypeVar("F", bound=Callable[..., Any])

DEFAULT_BATCH = 64
MARK = "__evalkit_batch__"


@overload
def batch(function: F, /) -> F: ...
@overload
def batch(*, size: int = DEFAULT_BATCH) -> Callable[[F], F]: ...
def batch(function: F | None = None, /, *, size: int = DEFAULT_BATCH) -> F | Callable[[F], F]:
    """Mark `f(inputs: list) -> list` as a batch function: it gets up to `size` inputs at once.

    It gives one output for each input, in order; an exception as an output is the failure of its input. Where the whole
    batch raised, its halves are tried, down to single inputs, so that a bad case fails alone.

    Raises:
        ValueError: `size` is not a whole number from 1 up.
    """
    if isinstance(size, bool) or not isinstance(size, int) or size < 1:
        raise ValueError(f"batch size is {size!r}, not a whole number from 1 up")

    def mark(marked: F) -> F:
        setattr(marked, MARK, size)
        return marked

    return mark if function is None else mark(function)


@dataclass(frozen=True)
class Reply:
    """An output with what is known beside it; a plain return value is the output alone.

    Attributes:
        output: any JSON value.
        seconds: how long the answer took, where the function knows better than the clock around it.
        cost: US dollars.
        confidence: in [0, 1], that the output is right.
        tokens_in, tokens_out: counts.
        model: the model that answered.
        trace: any JSON value that helps to understand the answer.
    """

    output: Any
    seconds: float | None = None
    cost: float | None = None
    confidence: float | None = None
    tokens_in: int | None = None
    tokens_out: int | None = None
    model: str | None = None
    trace: Any = None
