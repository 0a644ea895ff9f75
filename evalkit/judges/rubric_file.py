"""A rubric file, read and checked: every fault is a sentence with its line."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from evalkit.core.errors import InputError
from evalkit.core.yaml12 import MAX_BYTES, parse_yaml
from evalkit.judges.prompt_template import DEFAULT_TEMPLATES, check_template
from evalkit.judges.rubric_labels import pair_labels, read_criteria, read_labels
from evalkit.judges.rubric_parts import Criterion, Example, Kind, Limits
from evalkit.judges.rubric_problems import Problems, is_kind
from evalkit.judges.verdict_pattern import Pattern

KEYS = (
    "id",
    "version",
    "description",
    "judges",
    "labels",
    "ties",
    "criteria",
    "points",
    "pass_at",
    "examples",
    "system",
    "template",
    "pattern",
    "captures",
    "calibration",
    "limits",
)
DEFAULT_SYSTEM = "You are a careful and impartial judge of answers that systems gave to questions."
DEFAULT_PASS = 0.5
_KINDS: Mapping[str, Kind] = {"answer": "single", "pair": "pair"}
_LIMITS = {
    "min_agreement": "a number",
    "min_items": "a whole number",
    "expires_days": "a whole number",
    "reasks": "a whole number",
    "max_tokens": "a whole number",
    "subsets": "a list",
}
_FIELDS = ("input", "expected", "output", "output_1", "output_2", "tags")


def read_rubric_file(path: Path) -> dict[str, Any]:
    """The fields of a Rubric.

    Raises:
        InputError: the file cannot be read, is no YAML, or something in it does not fit.
    """
    document = parse_yaml(_text(path), str(path))
    problems = Problems(str(path), document.lines)
    given = document.value
    if not isinstance(given, dict):
        raise InputError("a rubric file holds a mapping", str(path), "Start with `id:` and `judges:`.")
    problems.keys(given, KEYS, ())
    found = _fields(given, problems, path)
    problems.raise_all()
    return found


def _text(path: Path) -> str:
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except (OSError, ValueError) as error:
        told = getattr(error, "strerror", None) or str(error)
        raise InputError(f"the rubric cannot be read: {told.lower()}", str(path), "Check the path.") from None
    if len(data) > MAX_BYTES:
        raise InputError(f"the rubric is larger than {MAX_BYTES:,} bytes", str(path), "A judge reads all of it: cut.")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise InputError("the rubric is not UTF-8", f"{path}:{line}", "Save the file as UTF-8.") from None


def _fields(given: Mapping[str, Any], problems: Problems, path: Path) -> dict[str, Any]:
    kind = _kind(given, problems)
    name = problems.get(given, "id", "a text", (), path.stem)
    if not name.strip() or not name.isprintable():
        problems.add(("id",), "the id is empty or not printable", "Give the rubric a name.")
    version = problems.get(given, "version", "a whole number", (), 1)
    if version < 1:
        problems.add(("version",), f"the version is {version}", "Count from 1.")
    values, texts, criteria = _menu(given, kind, problems)
    pass_at = _pass_at(given, criteria, problems)
    if pass_at is not None:
        values = {"pass": 1.0, "fail": 0.0}
    found = {
        "id": name,
        "version": version,
        "description": problems.get(given, "description", "a text", (), ""),
        "kind": kind,
        "values": values,
        "texts": texts,
        "criteria": tuple(criteria),
        "examples": _examples(given, kind, values, criteria, problems),
        "system": problems.get(given, "system", "a text", (), DEFAULT_SYSTEM),
        "template": problems.get(given, "template", "a text", (), DEFAULT_TEMPLATES[kind]),
        "pass_at": pass_at,
        "limits": _limits(given, problems),
        "calibration": _calibration(given, path, problems),
    }
    check_template(found["template"], kind, problems)
    if "{{" in found["system"] or "{%" in found["system"]:
        problems.add(("system",), "system is a plain text, not a template", "What the case says goes into template.")
    return found | _pattern(given, values, criteria, problems)


def _kind(given: Mapping[str, Any], problems: Problems) -> Kind:
    said = given.get("judges")
    if isinstance(said, str) and said in _KINDS:
        return _KINDS[said]
    what = "the rubric does not say what it judges" if said is None else f"judges is {said!r:.60}"
    problems.add(("judges",), what, "Write `judges: answer`, or `judges: pair` for two answers side by side.")
    return "pair" if any("output_1" in str(given.get(key)) for key in ("template", "examples")) else "single"


def _menu(
    given: Mapping[str, Any], kind: Kind, problems: Problems
) -> tuple[dict[str, float], dict[str, str], list[Criterion]]:
    if kind == "pair":
        if "criteria" in given:
            problems.add(("criteria",), "a pair has no criteria", "Say in the labels' texts what makes one better.")
        ties = problems.get(given, "ties", "true or false", (), True)
        return *pair_labels(given.get("labels"), ties, ("labels",), problems), []
    if "ties" in given:
        problems.add(("ties",), "only a pair has ties", "Remove the key.")
    if ("labels" in given) == ("criteria" in given):
        what = "both labels and criteria are given" if "labels" in given else "neither labels nor criteria are given"
        problems.add(("criteria",) if "labels" in given else (), what, "Give one of them.")
    if "labels" in given:
        return *read_labels(given["labels"], ("labels",), problems), []
    criteria = read_criteria(given["criteria"], ("criteria",), problems) if "criteria" in given else []
    _check_total(given, criteria, problems)
    return (criteria[0].values if criteria else {}), {}, criteria


def _check_total(given: Mapping[str, Any], criteria: list[Criterion], problems: Problems) -> None:
    total = problems.get(given, "points", "a whole number", ())
    if total is None:
        return
    if not all(c.numeric for c in criteria):
        problems.add(("points",), "a sum of points needs criteria with points", "Remove `points:`, or the labels.")
        return
    reach = sum(int(c.menu[-1]) for c in criteria)
    if criteria and reach != total:
        what = f"the rubric promises {total} points, and its criteria give at most {reach}"
        left = "points above that can't be reached" if reach < total else "the sum is exceeded"
        problems.add(("points",), f"{what}: {left}", "Correct the sum or the criteria.")


def _pass_at(given: Mapping[str, Any], criteria: list[Criterion], problems: Problems) -> float | None:
    if "pass_at" not in given:
        return DEFAULT_PASS if len(criteria) > 1 else None
    value = problems.get(given, "pass_at", "a number", (), DEFAULT_PASS)
    if not criteria:
        problems.add(("pass_at",), "pass_at needs criteria", "Labels say themselves what passes: remove it.")
        return None
    if not 0 < value <= 1:
        what = f"pass_at is {value}, which is outside (0, 1]: it can't be reached, or always is"
        problems.add(("pass_at",), what, "Give the smallest weighted mean that passes.")
        return DEFAULT_PASS
    return float(value)


def _examples(
    given: Mapping[str, Any], kind: Kind, values: Mapping[str, float], criteria: list[Criterion], problems: Problems
) -> tuple[Example, ...]:
    found = []
    for i, entry in enumerate(problems.get(given, "examples", "a list", (), [])):
        here = ("examples", i)
        if not isinstance(entry, dict):
            problems.add(here, f"example {i + 1} is no mapping", "Write its fields below it.")
            continue
        problems.keys(entry, (*_FIELDS, "label", "criteria", "rationale"), here)
        needed = ("output_1", "output_2") if kind == "pair" else ("output",)
        for name in needed:
            if name not in entry:
                problems.add(here, f"example {i + 1} lacks {name!r}", "Give what was judged.")
        case = {name: entry[name] for name in _FIELDS if name in entry}
        labels = _example_labels(i, entry, values, criteria, problems)
        rationale = problems.get(entry, "rationale", "a text", here, "")
        found.append(Example(case=case, rationale=rationale, **labels))
    return tuple(found)


def _example_labels(
    i: int, entry: Mapping[str, Any], values: Mapping[str, float], criteria: list[Criterion], problems: Problems
) -> dict[str, Any]:
    here = ("examples", i)
    menus = {c.id: c.menu for c in criteria} or {"label": tuple(values)}
    given = problems.get(entry, "criteria", "a mapping", here, {}) if criteria else {"label": entry.get("label")}
    found = {}
    for name, menu in menus.items():
        label = given.get(name)
        text = str(label) if is_kind(label, "a text") or is_kind(label, "a whole number") else None
        if text is None or text not in menu:
            at = (*here, "criteria", name) if criteria else (*here, "label")
            what = "no label" if label is None else f"the unknown label {label!r:.60}"
            of = f" of {name!r}" if criteria else ""
            problems.add(at, f"example {i + 1} has {what}{of}", f"The menu: {', '.join(menu)}.")
        else:
            found[name] = text
    for name in given:
        if name not in menus:
            problems.add((*here, "criteria", name), f"there is no criterion {name!r}", f"They are {', '.join(menus)}.")
    return {"criteria": found} if criteria else {"label": found.get("label")}


def _limits(given: Mapping[str, Any], problems: Problems) -> Limits:
    limits = problems.get(given, "limits", "a mapping", (), {})
    problems.keys(limits, _LIMITS, ("limits",))
    found = {key: problems.get(limits, key, kind, ("limits",)) for key, kind in _LIMITS.items()}
    bounds = {"min_agreement": (0, 1), "reasks": (0, 5), "min_items": (1, 10**7), "expires_days": (1, 36_500)}
    for key, (low, high) in {**bounds, "max_tokens": (1, 10**6)}.items():
        if found[key] is not None and not low <= found[key] <= high:
            problems.add(("limits", key), f"{key} is {found[key]}; it lies in [{low}, {high}]", "Correct it.")
            found[key] = None
    found["subsets"] = tuple(str(name) for name in found["subsets"] or ())
    return Limits(**found)


def _calibration(given: Mapping[str, Any], path: Path, problems: Problems) -> Path | None:
    name = problems.get(given, "calibration", "a text", ())
    if name is None:
        return None
    file: Path = path.parent / name
    if not file.is_file():
        problems.add(("calibration",), f"there is no calibration file {str(file)!r}", "Correct the name, or remove it.")
    return file


def _pattern(
    given: Mapping[str, Any], values: Mapping[str, float], criteria: list[Criterion], problems: Problems
) -> dict[str, Any]:
    pattern = problems.get(given, "pattern", "a text", ())
    captures = problems.get(given, "captures", "a mapping", (), {})
    if captures and pattern is None:
        problems.add(("captures",), "captures needs a pattern", "Remove it, or give `pattern:`.")
    if pattern is None:
        return {}
    if len(criteria) > 1:
        problems.add(("pattern",), "a pattern finds one label, and the rubric has criteria", "Remove the pattern.")
    for text, label in captures.items():
        if str(label) not in values:
            what = f"captures maps {text[:40]!r} to the unknown label {label!r:.40}"
            problems.add(("captures", text), what, f"The menu: {', '.join(values)}.")
    captures = {text: str(label) for text, label in captures.items()}
    try:
        Pattern.compile(pattern, tuple(values), captures)
    except InputError as error:
        problems.add(("pattern",), error.what, error.remedy)
    return {"pattern": pattern, "captures": captures}
