"""Who is calibrated: a judge by its spec, or a judge of a suite with all of its options, so that both are the same."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from evalkit.app.graders import make_judge, parse
from evalkit.app.suites import load_suite
from evalkit.core.errors import InputError
from evalkit.core.protocols import Judge
from evalkit.engine.nearest import did_you_mean

if TYPE_CHECKING:
    from evalkit.judges.rubric import Rubric

__all__ = ["VARIABLE", "Subject", "judge_given"]

VARIABLE = "EVALKIT_JUDGE"
_HOW = f"Add --judge openai:MODEL, or --judge SUITE.yaml#NAME for a suite's own judge; or set {VARIABLE}."


class Subject(NamedTuple):
    """A judge that is calibrated.

    Attributes:
        judge: bound to the rubric.
        text: as it was given.
        name: its name in the suite, else None.
    """

    judge: Judge
    text: str
    name: str | None


def judge_given(text: str | Judge | None, rubric: Rubric, overrides: Mapping[str, Any]) -> Subject:
    """The judge, reading by a rubric.

    Args:
        text: a spec, SUITE.yaml#NAME, a Judge (from Python), or None for the environment's.
        rubric: to read by.
        overrides: options that stand for the spec's own; of a suite's judge only such as change no verdict.

    Raises:
        InputError: none was given, it is no kind of judge, or it cannot be built.
    """
    if isinstance(text, Judge):
        return Subject(make_judge(text, Path(), rubric), "SPEC", None)
    text = text or os.environ.get(VARIABLE)
    if not text:
        raise InputError("no judge was named", "evalkit calibrate", _HOW)
    file, _, name = text.rpartition("#")
    if file and not _is_kind(file):
        return _of_suite(text, Path(file), name, rubric, overrides)
    given: Any = text
    if overrides:
        asked = parse(text, Path())
        given = {asked.kind: asked.rest, **asked.options, **overrides}
    return Subject(make_judge(given, Path(), rubric), text, None)


def _is_kind(text: str) -> bool:
    """Whether this is KIND:REST rather than the path of a suite."""
    try:
        parse(text, Path())
    except InputError:
        return False
    return True


def _of_suite(text: str, file: Path, name: str, rubric: Rubric, overrides: Mapping[str, Any]) -> Subject:
    from evalkit.core.protocols import JUDGE_LIMITS

    loaded = load_suite(file)
    judges = loaded.suite.judges
    if name not in judges:
        what = f"the suite {loaded.suite.name!r} has no judge {name!r:.80}"
        raise InputError(what, str(file), did_you_mean(name, judges, "judges"))
    changes = sorted(set(overrides) - JUDGE_LIMITS)
    if changes:
        option = "--" + changes[0].replace("_", "-")
        what = f"{option} would make another judge than the suite's {name!r}, and a certificate is for exactly one"
        raise InputError(what, str(file), "Change it in the suite file, or name the judge by its spec.")
    given: Any = judges[name]
    if overrides:
        asked = parse(given, loaded.base)
        given = {asked.kind: asked.rest, **asked.options, **overrides}
    try:
        judge = make_judge(given, loaded.base, rubric, judges, (name,))
    except InputError as error:
        raise InputError(error.what, error.where or f"judge {name!r} of {file}", error.remedy) from None
    return Subject(judge, text, name)
