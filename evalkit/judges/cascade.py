"""A cascade: a cheap judge decides what it is sure of, a dearer one the rest, and people what is left.

From which probability on a verdict stands was certified on human labels (`evalkit judge fit-cascade`); where nothing
was certified, a stage decides nothing.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from evalkit.core.asks import asks_of
from evalkit.core.errors import InputError
from evalkit.core.protocols import Answer, Judge, Request
from evalkit.judges.fitted import Thresholds, read_thresholds
from evalkit.judges.members import bound_to, members_of, refuse_options, settled, tuned_on

ABSTAINED = "abstained"


@dataclass(frozen=True)
class Cascade:
    """Judges in the order in which they are asked, each only about what the one before did not keep.

    Attributes:
        members: name -> judge, cheapest first.
        thresholds: of all stages; people (a last stage that is `human`) need none, their label stands.
    """

    members: Mapping[str, Judge]
    thresholds: Thresholds

    def __post_init__(self) -> None:
        if len(self.members) < 2:
            raise InputError(f"a cascade has at least two stages, and this one has {len(self.members)}")
        staged = [name for name, judge in self.members.items() if hasattr(judge, "stages")]
        if staged:
            raise InputError(f"{staged[0]!r} is a cascade in a cascade", remedy="List its stages instead.")
        early = [name for name in list(self.members)[:-1] if is_human(self.members[name])]
        if early:
            raise InputError(f"people ({early[0]!r}) come last in a cascade", remedy="Move them to the end.")
        unknown = [n for n, judge in self.members.items() if n not in self.thresholds.stages and not is_human(judge)]
        if unknown:
            theirs = ", ".join(self.thresholds.stages) or "no stage"
            what = f"there is no threshold for the stage {unknown[0]!r} (the file has {theirs})"
            raise InputError(what, remedy="Fit them again: `evalkit judge fit-cascade`.")

    @classmethod
    def from_spec(cls, rest: Any, options: Mapping[str, Any], base: Path) -> Cascade:
        """`{cascade: [cheap, dear, human], thresholds: FILE.json}`: `rest` is the stages by name.

        Raises:
            InputError: no stages, no thresholds, or a file of thresholds that cannot be read.
        """
        members = members_of(rest, "cascade")
        given = options.get("thresholds")
        if not isinstance(given, str):
            raise InputError(
                "a cascade names the file of its thresholds", "cascade", "Fit them with `evalkit judge fit-cascade`."
            )
        refuse_options(options, ("thresholds",), "cascade")
        return cls(members, read_thresholds(base / given))

    @property
    def stages(self) -> tuple[Judge, ...]:
        """The judges in order; a last one that is no person abstains below its threshold."""
        names = list(self.members)
        last = self.members[names[-1]]
        if is_human(last):
            return tuple(self.members.values())
        return (*[self.members[name] for name in names[:-1]], Abstaining(last, self.thresholds.stages[names[-1]]))

    def keeps(self, stage: int, verdict: Mapping[str, Any]) -> bool:
        """Whether a stage's verdict stands: its probability reaches the stage's threshold."""
        if stage >= len(self.members) - 1:
            return True
        return sure(verdict, self.thresholds.stages[list(self.members)[stage]])

    @property
    def spec(self) -> dict[str, Any]:
        """Stages and thresholds; `tuned_on` names labelled items that no certificate of it may rest on."""
        tuned = set(self.thresholds.tuned_on).union(*map(tuned_on, self.members.values()))
        return {
            "judge": "cascade",
            "stages": [{"name": name, "judge": judge.spec} for name, judge in self.members.items()],
            "thresholds": self.thresholds.spec,
            "tuned_on": sorted(tuned),
        }

    @property
    def identity(self) -> dict[str, Any] | None:
        """That of all stages, None where one of them has none."""
        own = [judge.identity for judge in self.members.values()]
        return None if None in own else {"cascade": own, "thresholds": self.thresholds.spec}

    def bound(self, rubric: Any) -> Cascade:
        """The same cascade, every stage reading by a rubric."""
        return replace(self, members={name: bound_to(judge, rubric) for name, judge in self.members.items()})

    @asynccontextmanager
    async def session(self, concurrency: int) -> AsyncIterator[Callable[[Request], Awaitable[Answer]]]:
        """Gives `answer(request)`, which goes through the stages in one call, for callers that know no stages."""
        async with AsyncExitStack() as stack:
            stages = self.stages
            opened = [await stack.enter_async_context(judge.session(concurrency)) for judge in stages]

            async def answer(request: Request) -> Answer:
                spent: list[Answer] = []
                for at, (judge, ask) in enumerate(zip(stages, opened, strict=True)):
                    asks = asks_of(judge)
                    said = [await ask(request._replace(repeat=request.repeat * asks + k)) for k in range(asks)]
                    spent += said
                    verdict = settled(judge, [one.output for one in said])
                    if at == len(stages) - 1 or self.keeps(at, verdict):
                        break
                return _summed(spent, verdict | {"stage": at})

            yield answer


@dataclass(frozen=True)
class Abstaining:
    """A last stage that is no person: below its threshold it gives no verdict (`abstained`).

    Attributes:
        judge: who is asked.
        threshold: probability from which on the verdict stands; None: never.
    """

    judge: Judge
    threshold: float | None

    @property
    def asks(self) -> int:
        """As the judge's."""
        return asks_of(self.judge)

    @property
    def spec(self) -> dict[str, Any]:
        """The judge's, and the threshold."""
        return {**self.judge.spec, "abstains_below": self.threshold}

    @property
    def identity(self) -> dict[str, Any] | None:
        """The judge's own: what it says does not depend on what is made of it."""
        return self.judge.identity

    def __getattr__(self, name: str) -> Any:
        if name in ("key", "limits", "offline", "render"):
            return getattr(self.judge, name)
        raise AttributeError(name)

    def session(self, concurrency: int) -> Any:
        """The judge's."""
        return self.judge.session(concurrency)

    def settle(self, outputs: Sequence[dict[str, Any]]) -> dict[str, Any]:
        """The judge's verdict where it is sure enough."""
        verdict = settled(self.judge, outputs)
        if verdict.get("label") is None or sure(verdict, self.threshold):
            return verdict
        leant = {key: verdict[key] for key in ("label", "probability") if key in verdict}
        return {"label": None, "value": None, "why": ABSTAINED, "leant": leant}


def sure(verdict: Mapping[str, Any], threshold: float | None) -> bool:
    """Whether a verdict's probability reaches the threshold; without one or the other it does not."""
    chance = verdict.get("probability")
    known = isinstance(chance, int | float) and not isinstance(chance, bool) and verdict.get("label") is not None
    return known and threshold is not None and float(chance or 0) >= threshold


def is_human(judge: Judge) -> bool:
    """Whether a judge is people's labels."""
    return judge.spec.get("judge") == "human"


def _summed(spent: Sequence[Answer], verdict: dict[str, Any]) -> Answer:
    """One answer for all calls of a question: costs are summed, unknown where one is unknown."""
    costs, seconds = [one.cost for one in spent], [one.seconds or 0.0 for one in spent]
    known = [cost for cost in costs if cost is not None]
    return Answer(
        output=verdict,
        seconds=sum(seconds),
        cost=sum(known) if len(known) == len(costs) else None,
        model=spent[-1].model if spent else None,
    )
