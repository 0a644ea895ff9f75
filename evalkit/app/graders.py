"""The judges of a suite as objects, each bound to the rubric of the metric that asks it."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import parse_qsl

from evalkit.app.catalog import JUDGES, MODEL_JUDGES, load, metric_class, metric_parameters, names
from evalkit.core.errors import InputError
from evalkit.core.nouns import MetricSpec, Suite
from evalkit.core.options import plain
from evalkit.core.protocols import Judge, Metric
from evalkit.engine.nearest import did_you_mean
from evalkit.judges.given import GivenJudge

if TYPE_CHECKING:
    from evalkit.judges.rubric import Rubric

GIVEN = "given"
"""Kind of a judge that was given to a stored run as an object; see `suites.load_suite`."""

_FORMS = "Write KIND:REST, or a mapping like {model: openai:MODEL, votes: 1}"


class Given(NamedTuple):
    """A judge as a suite file or a command line asks for it, not yet built.

    Attributes:
        kind: of `catalog.JUDGES`, or a plugin's.
        rest: what stands behind the kind; of a panel or a cascade, the members' names or specs.
        options: as given; of a text like `openai:MODEL?votes=3`, numbers are read as such.
    """

    kind: str
    rest: str | list[Any]
    options: dict[str, Any]


def graders(suite: Suite, base: Path, objects: Mapping[str, Judge] | None = None) -> dict[str, Judge]:
    """The judge of each metric of a suite that asks one, by the metric's id, reading by the metric's rubric.

    Args:
        suite: the suite.
        base: folder that its paths are relative to.
        objects: judges that were given as objects (from Python), by name.

    Raises:
        InputError: a metric asks a judge or names a rubric that there is not, or one that cannot be used.
    """
    others = {**suite.judges, **(objects or {})}
    return {spec.id: _grader(spec, suite, base, others) for spec in suite.metrics if asks_judge(spec, base)}


def asks_judge(spec: MetricSpec, base: Path) -> bool:
    """Whether a metric reads verdicts."""
    needs: Any = getattr(metric_class(spec.name, base), "needs", frozenset())
    if isinstance(needs, property):  # known of an instance only
        return "judge" in (metric_parameters(spec.name, base) or ())
    return bool("verdict" in needs)


def against_baseline(spec: MetricSpec, base: Path) -> bool:
    """Whether a metric holds each answer against the baseline's."""
    default = getattr(metric_class(spec.name, base), "against", None)
    return asks_judge(spec, base) and spec.params.get("against", default) == "baseline"


def _grader(spec: MetricSpec, suite: Suite, base: Path, others: Mapping[str, Any]) -> Judge:
    name = str(spec.params.get("judge"))
    if name not in others:
        raise InputError(
            f"metric {spec.id!r} asks the judge {name!r}, which the suite does not have",
            suite.name,
            f"Its judges: {', '.join(sorted(others)) or 'none'}; add one under `judges:`.",
        )
    try:
        judge = make_judge(others[name], base, rubric_of(spec, suite, base), others)
        return judge.of(spec.id) if isinstance(judge, GivenJudge) else judge
    except InputError as error:
        raise InputError(error.what, error.where or f"judge {name!r} of {suite.name}", error.remedy) from None


def rubric_of(spec: MetricSpec, suite: Suite, base: Path) -> Rubric | None:
    """The rubric of a metric; None: it names none, and the judge needs none.

    Raises:
        InputError: there is no such rubric, or it is of the wrong kind (pairs, single answers).
    """
    given = spec.params.get("rubric")
    kind = getattr(metric_class(spec.name, base), "rubric_kind", None)
    if given is None:
        given = getattr(metric_class(spec.name, base), "default_rubric", None)
        if given is None or not asks_model(suite, str(spec.params.get("judge"))):
            return None
    try:
        rubric = named_rubric(given, base, suite.rubrics)
    except InputError as error:
        raise InputError(error.what, error.where or f"metric {spec.id}", error.remedy) from None
    if kind is not None and rubric.kind != kind:
        wants = "compares two answers" if kind == "pair" else "grades one answer"
        what = f"the rubric {given!r} is of kind {rubric.kind}, and the metric {spec.name} {wants}"
        raise InputError(what, f"metric {spec.id}", "Name another rubric, or use another metric.")
    return rubric


def read_by(metric: Metric, spec: MetricSpec, suite: Suite, base: Path) -> tuple[Metric, dict[str, str]]:
    """A metric that knows its rubric's labels and criteria, and the rubric's digest as a parameter.

    Raises:
        InputError: there is no such rubric, or it lacks what the metric names.
    """
    rubric = rubric_of(spec, suite, base)
    if rubric is None:
        return metric, {}
    known = getattr(metric, "with_rubric", None)
    return (metric if known is None else known(rubric)), {"rubric_digest": rubric.digest}


def named_rubric(given: Any, base: Path, named: Mapping[str, Any] | None = None) -> Rubric:
    """A rubric by its name in the suite's `rubrics`, as a file relative to `base`, or by the name of a shipped one.

    Raises:
        InputError: there is none, or its file does not fit.
    """
    from evalkit.judges.rubric import Rubric, find_rubric

    if isinstance(given, str) and given in (named or {}):
        file = (named or {})[given]
        file = file.get("file") if isinstance(file, Mapping) else file
        if not isinstance(file, str) or not file:
            what = f"rubrics.{given} is {(named or {})[given]!r:.80}, which names no file"
            raise InputError(what, remedy=f"Write `{given}: rubrics/{given}.yaml`.")
        given = file
    if isinstance(given, Rubric):
        return given
    if not isinstance(given, str | Path):
        raise InputError(f"a rubric is a file or a name, not {given!r:.60}", remedy="Write rubric: rubrics/NAME.yaml.")
    file = find_rubric(str(given), base)
    stat = file.stat()
    return _read(file, stat.st_mtime_ns, stat.st_size)


@functools.lru_cache(maxsize=64)
def _read(file: Path, modified: int, size: int) -> Rubric:
    """A rubric's file as it is now: a metric, its judge and its calibration read the same one."""
    from evalkit.judges.rubric import Rubric

    return Rubric.read(file)


def asks_model(suite: Suite, name: str, seen: frozenset[str] = frozenset()) -> bool:
    """Whether a judge of the suite, or a member of it, reads by a rubric."""
    if name in seen or name not in suite.judges:
        return False
    try:
        given = parse(suite.judges[name], Path())
    except InputError:
        return False
    if isinstance(given.rest, list):
        return any(isinstance(one, str) and asks_model(suite, one, seen | {name}) for one in given.rest)
    return given.kind in MODEL_JUDGES


def make_judge(
    given: Any,
    base: Path,
    rubric: Rubric | None = None,
    others: Mapping[str, Any] | None = None,
    within: tuple[str, ...] = (),
) -> Judge:
    """A judge.

    Args:
        given: a spec text (`openai:MODEL?votes=3`), a mapping ({model: openai:MODEL, votes: 3}), or a Judge.
        base: folder that paths in it are relative to.
        rubric: what it reads by; None: it has none.
        others: the suite's judges, whose names a panel or a cascade may use.
        within: names of the panels that it is a member of.

    Raises:
        InputError: it is no kind of judge, or cannot be built.
    """
    if isinstance(given, str) and ":" not in given and given in (others or {}):
        return _member(given, base, rubric, others or {}, within)
    if isinstance(given, Judge):
        judge = given
    else:
        asked = parse(given, base)
        rest: Any = asked.rest
        if isinstance(rest, list):
            rest = _members(rest, base, rubric, others or {}, within)
        if asked.kind == GIVEN:
            judge = _given_before(given[GIVEN])
        else:
            judge = load(names("evalkit.judges", JUDGES)[asked.kind]).from_spec(rest, asked.options, base)
    bind = getattr(judge, "bound", None)
    bound: Judge = judge if rubric is None or bind is None else bind(rubric)
    return bound


def _given_before(said: Any) -> Judge:
    """The judge of a stored run that was given as an object."""
    if not isinstance(said, Mapping) or not isinstance(said.get("spec"), dict):
        raise InputError("`given` stands in the suite of a stored run only", remedy="Name a kind of judge.")
    return GivenJudge(said["spec"], said.get("identity"), dict(said.get("digests") or {}))


def _members(
    rest: list[Any], base: Path, rubric: Rubric | None, others: Mapping[str, Any], within: tuple[str, ...]
) -> dict[str, Judge]:
    """The members of a panel or the stages of a cascade, in order, by name (or spec)."""
    found: dict[str, Judge] = {}
    for one in rest:
        name = one if isinstance(one, str) else f"{len(found) + 1}"
        if name in found:
            raise InputError(f"the judge {name!r:.80} is named twice", remedy="Name each member once.")
        found[name] = make_judge(one, base, rubric, others, within)
    return found


def _member(name: str, base: Path, rubric: Rubric | None, others: Mapping[str, Any], within: tuple[str, ...]) -> Judge:
    if name in within:
        chain = " -> ".join([*within, name])
        raise InputError(f"the judge {name!r} is a member of itself ({chain})", remedy="Name another member.")
    return make_judge(others[name], base, rubric, others, (*within, name))


def parse(given: Any, base: Path) -> Given:
    """A judge's spec, taken apart.

    Raises:
        InputError: it is no kind of judge.
    """
    known = names("evalkit.judges", JUDGES)
    if isinstance(given, str):
        return _of_text(given, base, known)
    if not isinstance(given, Mapping) or not given:
        raise InputError(f"a judge is {given!r:.120}, which is no kind of judge", remedy=_kinds(known))
    if set(given) == {GIVEN}:
        return Given(GIVEN, "", {})
    kinds = [key for key in given if key in known or key == "model"]
    if len(kinds) != 1:
        said = f"names {' and '.join(kinds)}" if kinds else f"has the keys {', '.join(map(str, given))}"
        raise InputError(f"a judge's mapping names one kind of judge; this {said:.200}", remedy=_kinds(known))
    options = {key: value for key, value in given.items() if key != kinds[0]}
    if kinds[0] == "model":
        if not isinstance(given["model"], str):
            raise InputError(f"a judge's model is {given['model']!r:.80}, not a text like openai:MODEL")
        whole = _of_text(given["model"], base, known)
        return whole._replace(options={**whole.options, **options})
    rest = given[kinds[0]]
    return Given(kinds[0], list(rest) if isinstance(rest, list | tuple) else "" if rest is None else str(rest), options)


def _of_text(given: str, base: Path, known: Mapping[str, str]) -> Given:
    kind, colon, rest = given.partition(":")
    if given == "human":  # people who have labelled nothing yet: the end of a cascade
        return Given(kind, "", {})
    if not colon or kind not in known:
        remedy = did_you_mean(kind, known, "kinds of judges") if not colon else _kinds(known)
        raise InputError(f"{given!r:.120} is no kind of judge", remedy=remedy)
    place = rest.find("?")
    if place < 0 or _is_file(base / rest):
        return Given(kind, rest, {})
    options = {name: plain(value) for name, value in parse_qsl(rest[place + 1 :], keep_blank_values=True)}
    return Given(kind, rest[:place], options)


def _kinds(known: Mapping[str, str]) -> str:
    return f"{_FORMS}; kinds: {', '.join(sorted(known))}."


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except (OSError, ValueError):  # no name of a file at all
        return False
