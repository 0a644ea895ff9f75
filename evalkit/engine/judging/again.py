"""The same judge asked the same question once more, past what is recorded of the first time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Any

from evalkit.core.asks import asks_of
from evalkit.core.digest import digest_of
from evalkit.core.protocols import Judge, Request
from evalkit.engine.judging.asking import Heard

__all__ = ["Again", "makes_calls", "staged"]

_SILENT = frozenset({"fake", "recorded", "human", "baseline"})
"""Kinds of judges that ask nobody."""


@dataclass(frozen=True)
class Again:
    """A judge whose answers are kept apart from those that it gave before.

    Attributes:
        judge: who is asked, in the very same way.
        tag: what for; answers under one tag are kept apart from others.
        kept: whether other runs may reuse these answers under the same tag; else only a run that goes on.
    """

    judge: Judge
    tag: str
    kept: bool = True

    @property
    def spec(self) -> dict[str, Any]:
        """The judge's own, with the tag."""
        return {**self.judge.spec, "again": self.tag}

    @property
    def identity(self) -> dict[str, Any] | None:
        """The judge's own, with the tag; None where nothing is to be reused."""
        own = self.judge.identity
        return None if own is None or not self.kept else {"again": self.tag, "of": own}

    @property
    def asks(self) -> int:
        """Calls that one question takes."""
        return asks_of(self.judge)

    def key(self, request: Request) -> str | None:
        """The key under which an answer is reused: the judge's own, with the tag."""
        identity, own = self.identity, getattr(self.judge, "key", None)
        if identity is None:
            return None
        if own is None:
            return digest_of([identity, request.input, request.case_id, request.repeat])
        found = own(request)
        return None if found is None else digest_of(["again", self.tag, found])

    def session(self, concurrency: int) -> AbstractAsyncContextManager[Any]:
        """The judge's own."""
        return self.judge.session(concurrency)

    def __getattr__(self, name: str) -> Any:
        """What else a judge may have (`settle`, `limits`, `offline`, ...) is its own."""
        if name.startswith("__") or name == "bound":
            raise AttributeError(name)
        found = getattr(self.judge, name)
        return tuple(Again(stage, self.tag, self.kept) for stage in found) if name == "stages" else found


def staged(judge: Judge, n: int, ask_one: Callable[[Judge, int, list[int]], Heard]) -> tuple[list[Any], list[Heard]]:
    """Ask about n questions; of a cascade each stage only about what the stage before did not keep.

    Args:
        judge: who is asked.
        n: questions.
        ask_one: (who, which stage, indices of questions) -> what was heard.

    Returns:
        The verdict of each question, and what each stage said.
    """
    stages: Sequence[Judge] = getattr(judge, "stages", None) or (judge,)
    found: dict[int, Any] = {}
    heard: list[Heard] = []
    left = list(range(n))
    for stage, one in enumerate(stages):
        said = ask_one(one, stage, left)
        heard.append(said)
        found |= dict(zip(left, said.verdicts, strict=True))
        if stage + 1 < len(stages):
            left = [i for i, verdict in zip(left, said.verdicts, strict=True) if not _kept(judge, stage, verdict)]
        if not left:
            break
    return [found[i] for i in range(n)], heard


def _kept(cascade: Any, stage: int, verdict: Any) -> bool:
    usable = isinstance(verdict, dict) and verdict.get("label") is not None
    return usable and bool(cascade.keeps(stage, verdict))


def makes_calls(judge: Judge) -> bool:
    """Whether a judge asks something that may answer otherwise tomorrow; scripts, files and people do not."""
    inside = getattr(judge, "stages", None) or list((getattr(judge, "members", None) or {}).values())
    if inside:
        return any(makes_calls(one) for one in inside)
    return not getattr(judge, "offline", False) and judge.spec.get("judge") not in _SILENT
