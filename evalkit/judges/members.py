"""What a panel and a cascade share: judges inside a judge, each asked under its own name, key and repeat."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from evalkit.core.digest import digest_of
from evalkit.core.errors import InputError
from evalkit.core.protocols import JUDGE_LIMITS, Judge, Request

NO_OUTPUT = {"label": None, "why": "no verdict"}


def settled(judge: Judge, outputs: Sequence[Any]) -> dict[str, Any]:
    """The verdict of one judge from its own calls; what is no object is no verdict."""
    given = [output if isinstance(output, dict) else NO_OUTPUT for output in outputs]
    settle = getattr(judge, "settle", None)
    verdict = settle(given) if settle is not None else given[0]
    return dict(verdict) if isinstance(verdict, Mapping) else dict(NO_OUTPUT)


def key_of(judge: Judge, request: Request) -> str | None:
    """The key under which a judge's own answer is reused, whether it stands alone or inside another."""
    own = getattr(judge, "key", None)
    if own is not None:
        found: str | None = own(request)
        return found
    identity = judge.identity
    return None if identity is None else digest_of([identity, request.input, request.case_id, request.repeat])


def bound_to(judge: Judge, rubric: Any) -> Judge:
    """The judge reading by a rubric, where it reads by one at all."""
    bound = getattr(judge, "bound", None)
    found: Judge = judge if bound is None else bound(rubric)
    return found


def tuned_on(judge: Judge) -> set[str]:
    """Digests of the labelled items that a judge was tuned on: no certificate may rest on them."""
    return set(judge.spec.get("tuned_on") or ())


def members_of(rest: Any, kind: str) -> dict[str, Judge]:
    """The judges of a panel or cascade by name.

    Raises:
        InputError: none were built, because the spec names none.
    """
    if not isinstance(rest, Mapping) or not all(isinstance(one, Judge) for one in rest.values()):
        raise InputError(f"a {kind} lists the judges that it is made of", kind, f"Write {{{kind}: [a, b, c], ...}}.")
    return {str(name): judge for name, judge in rest.items()}


def refuse_options(options: Mapping[str, Any], known: Sequence[str], kind: str) -> None:
    """Refuse an option that nothing reads; what bounds calls (JUDGE_LIMITS) stands at the members.

    Raises:
        InputError: names it.
    """
    odd = next((key for key in options if key not in known and key not in JUDGE_LIMITS), None)
    if odd is not None:
        raise InputError(f"a {kind} has no option {odd!r:.60}", kind, f"It has {', '.join(known)}.")
