"""A panel: several judges answer, and weights learnt from human labels make one verdict of it.

A panel is not safer by default: six judges' majority was right on 51 % of LLMBar where the best alone was on 76 %. So
weights come from `evalkit judge fit-panel`; the unweighted majority has to be asked for by name.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from evalkit.core.asks import asks_of
from evalkit.core.errors import InputError
from evalkit.core.protocols import Answer, Judge, Request
from evalkit.judges.fitted import PanelWeights, read_weights
from evalkit.judges.members import bound_to, key_of, members_of, refuse_options, settled, tuned_on

_SURE = 0.01  # as in fitting: a probability of 0 or 1 counts as this far from it


@dataclass(frozen=True)
class Panel:
    """Several judges that give one verdict.

    Attributes:
        members: name -> judge, in the order in which they are asked.
        weights: None is the unweighted majority.
        values: label -> number in [0, 1], of the rubric.
    """

    members: Mapping[str, Judge]
    weights: PanelWeights | None = None
    values: Mapping[str, float] | None = None

    def __post_init__(self) -> None:
        if len(self.members) < 2:
            raise InputError(f"a panel has at least two members, and this one has {len(self.members)}")
        staged = [name for name, judge in self.members.items() if hasattr(judge, "stages")]
        if staged:
            raise InputError(
                f"{staged[0]!r} is a cascade, which cannot sit on a panel", remedy="Put the panel into it."
            )
        if self.weights is not None and set(self.weights.weights) != set(self.members):
            theirs, ours = ", ".join(self.weights.weights), ", ".join(self.members)
            what = f"the weights are for {theirs or 'nobody'}, and the panel has {ours}"
            raise InputError(what, remedy="Fit them again: `evalkit judge fit-panel`.")

    @classmethod
    def from_spec(cls, rest: Any, options: Mapping[str, Any], base: Path) -> Panel:
        """`{panel: [a, b, c], weights: FILE.json | majority}`: `rest` is the members by name.

        Raises:
            InputError: no members, no weights, or a file of weights that cannot be read.
        """
        members = members_of(rest, "panel")
        given = options.get("weights")
        if not isinstance(given, str):
            remedy = (
                "Fit them with `evalkit judge fit-panel`; or write `weights: majority`, which counts every vote alike."
            )
            raise InputError("a panel names the file of its weights", "panel", remedy)
        refuse_options(options, ("weights",), "panel")
        return cls(members, None if given == "majority" else read_weights(base / given))

    @property
    def asks(self) -> int:
        """Calls of all members."""
        return sum(map(asks_of, self.members.values()))

    @property
    def spec(self) -> dict[str, Any]:
        """Members and weights; `tuned_on` names labelled items that no certificate of it may rest on."""
        tuned = set(self.weights.tuned_on if self.weights else ()).union(*map(tuned_on, self.members.values()))
        return {
            "judge": "panel",
            "members": {name: judge.spec for name, judge in self.members.items()},
            "weights": "majority" if self.weights is None else self.weights.spec,
            "tuned_on": sorted(tuned),
        }

    @property
    def identity(self) -> dict[str, Any] | None:
        """That of all members, None where one of them has none."""
        own = {name: judge.identity for name, judge in self.members.items()}
        return None if None in own.values() else {"panel": own}

    @property
    def offline(self) -> bool:
        """Whether no member calls anybody."""
        return all(getattr(judge, "offline", False) for judge in self.members.values())

    @property
    def limits(self) -> dict[str, Any]:
        """The loosest timeout of its members; each call is under one limit, whoever it asks."""
        given = [dict(getattr(judge, "limits", None) or {}) for judge in self.members.values()]
        timeouts = [one["timeout"] for one in given if one.get("timeout") is not None]
        return {"timeout": max(timeouts)} if len(timeouts) == len(given) else {}

    def bound(self, rubric: Any) -> Panel:
        """The same panel, every member reading by a rubric.

        Raises:
            InputError: the weights know a label that the rubric does not have.
        """
        odd = sorted(set(self.weights.menu if self.weights else ()) - set(rubric.menu))
        if odd:
            what = f"the panel's weights were fitted on the label {odd[0]!r:.40}, which the rubric does not have"
            raise InputError(what, remedy=f"Its labels: {', '.join(rubric.menu)}. Fit the weights on this rubric.")
        members = {name: bound_to(judge, rubric) for name, judge in self.members.items()}
        return replace(self, members=members, values=dict(rubric.values))

    def key(self, request: Request) -> str | None:
        """The member's own key: an answer that it gave alone is not asked for again."""
        judge, own = self._whose(request)
        return key_of(judge, own)

    def render(self, question: Any, call: int = 0) -> Any:
        """What the member whose turn a call is was sent, or None."""
        judge, own = self._whose(Request("", call, question, 0))
        render = getattr(judge, "render", None)
        return None if render is None else render(question, own.repeat)

    @asynccontextmanager
    async def session(self, concurrency: int) -> AsyncIterator[Callable[[Request], Awaitable[Answer]]]:
        """Gives `answer(request)`, which asks the member whose turn the request's repeat is."""
        async with AsyncExitStack() as stack:
            opened = {n: await stack.enter_async_context(j.session(concurrency)) for n, j in self.members.items()}
            answers = {id(judge): opened[name] for name, judge in self.members.items()}

            async def answer(request: Request) -> Answer:
                judge, own = self._whose(request)
                found: Answer = await answers[id(judge)](own)
                return found

            yield answer

    def settle(self, outputs: Sequence[dict[str, Any]]) -> dict[str, Any]:
        """One verdict of `asks` outputs; who gave none is left out, and named in `left_out`."""
        verdicts, start = {}, 0
        for name, judge in self.members.items():
            end = start + asks_of(judge)
            verdicts[name] = settled(judge, outputs[start:end])
            start = end
        spoke = {name: verdict for name, verdict in verdicts.items() if verdict.get("label") is not None}
        absent = {name: str(v.get("why") or "no verdict") for name, v in verdicts.items() if name not in spoke}
        chances = self._chances(spoke)
        said: dict[str, Any] = {"members": {name: verdict["label"] for name, verdict in spoke.items()}}
        if absent:
            said["left_out"] = absent
        if not chances or 2 * len(spoke) <= len(self.members):
            why = f"only {len(spoke)} of {len(self.members)} members gave a verdict"
            return {"label": None, "value": None, "why": why, **said}
        return self._verdict(chances, len(spoke)) | said

    def _verdict(self, chances: Mapping[str, float], spoke: int) -> dict[str, Any]:
        top = max(chances.values())
        best = [label for label, chance in chances.items() if chance >= top - 1e-12]
        if len(best) > 1 and self._tie() is None:
            return {"label": None, "value": None, "why": f"the panel is split between {' and '.join(sorted(best))}"}
        label = best[0] if len(best) == 1 else str(self._tie())
        found: dict[str, Any] = {"label": label}
        if self.values is not None:
            found["value"] = self.values.get(label)
        if self.weights is not None:
            found["probability"] = chances.get(label, 0.0)
        else:
            found["votes"] = {name: round(chance * spoke) for name, chance in chances.items()}
        return found

    def _tie(self) -> str | None:
        """The label of a draw, where the menu has one."""
        menu = self.values if self.values is not None else (self.weights.menu if self.weights else ())
        return "tie" if "tie" in menu else None

    def _chances(self, spoke: Mapping[str, Mapping[str, Any]]) -> dict[str, float]:
        """Label -> probability; of a majority, its share of the votes."""
        if self.weights is None:
            votes = Counter(str(verdict["label"]) for verdict in spoke.values())
            return {label: count / len(spoke) for label, count in votes.items()}
        known = {n: v for n, v in spoke.items() if _readable(v, self.weights.reads[n], self.weights.menu)}
        if 2 * len(known) <= len(self.members):
            return {}
        logits = {label: self.weights.intercepts.get(label, 0.0) for label in self.weights.menu}
        for name, verdict in known.items():
            for label, speaks in _speaks(verdict, self.weights.reads[name], self.weights.menu).items():
                logits[label] += self.weights.weights[name] * speaks
        highest = max(logits.values())
        raised = {label: math.exp(logit - highest) for label, logit in logits.items()}
        return {label: value / sum(raised.values()) for label, value in raised.items()}

    def _whose(self, request: Request) -> tuple[Judge, Request]:
        """The member that a call asks, and the call as that member alone would get it."""
        row, turn = divmod(request.repeat, self.asks)
        for judge in self.members.values():
            asks = asks_of(judge)
            if turn < asks:
                return judge, request._replace(repeat=row * asks + turn)
            turn -= asks
        raise AssertionError("a turn beyond the last member")


def _readable(verdict: Mapping[str, Any], reads: str, menu: Sequence[str]) -> bool:
    """Whether the weights can read a verdict: a probability where they were fitted on probabilities."""
    return reads == "label" or isinstance(verdict.get("probability"), int | float)


def _speaks(verdict: Mapping[str, Any], reads: str, menu: Sequence[str]) -> dict[str, float]:
    """How far a verdict speaks for each label, as in fitting; a label that the weights do not know speaks for none."""
    label = verdict["label"]
    if label not in menu:
        return {}
    if reads == "label":
        return {label: 1.0}
    sure = min(max(float(verdict["probability"]), _SURE), 1 - _SURE)
    return {one: math.log(sure if one == label else (1 - sure) / (len(menu) - 1)) for one in menu}
