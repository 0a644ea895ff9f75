"""Plain tables of answers and scores: CSV, with columns named by options or found by their usual names."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from evalkit.adapters.logs.nouns import Asked, Log, Row, Scorer, Unscored
from evalkit.adapters.logs.tables import cell, read_csv
from evalkit.adapters.logs.values import direction, number_of, tool_failed
from evalkit.core.errors import InputError
from evalkit.core.nouns import Failure

USUAL = {
    "id": ("id", "case_id", "example_id", "question_id", "sample_id", "doc_id", "test_id"),
    "input": ("input", "inputs", "question", "prompt", "query", "request"),
    "output": ("output", "outputs", "answer", "prediction", "response", "completion", "actual_output", "generation"),
    "expected": ("expected", "expected_output", "target", "gold", "reference", "label", "ground_truth"),
    "group": ("group", "cluster"),
    "seconds": ("seconds", "latency_s", "latency_seconds", "duration_s"),
    "cost": ("cost", "cost_usd", "usd"),
    "failure": ("failure", "error", "exception"),
    "repeat": ("repeat", "epoch", "trial", "attempt"),
    "model": ("model",),
}
_SCORES = ("score", "correct", "passed", "pass", "success", "accuracy", "is_correct", "exact_match", "reward")
_NONE = frozenset({"", "nan", "na", "n/a", "null", "none", "-"})


def read(path: Path, asked: Asked) -> Log:
    """A table with a row for each answer.

    Raises:
        InputError: a column that is asked for is not there, or there is nothing to score.
    """
    names, cells = read_csv(path)
    roles = _roles(names, asked, str(path))
    scores = _scores(names, asked, set(roles.values()), str(path))
    if not scores and "output" not in roles:
        what = f"no column looks like a score or an answer; there are {', '.join(names)[:300]}"
        raise InputError(what, str(path), "Name them: --score NAME, --output NAME.")
    log = Log("csv", None, path.name.split(".")[0] or "csv", str(path), ())
    log.scorers = {name: Scorer(direction(name), None, {"tool": "csv", "column": name}) for name in scores}
    log.about = {"columns": {**roles, "score": scores}}
    log.group = roles.get("group")
    log.rows = _rows(path, cells, roles, scores)
    return log


def _roles(names: list[str], asked: Asked, file: str) -> dict[str, str]:
    """Role -> column."""
    chosen = {**asked.columns, **({"group": asked.group} if asked.group else {})}
    wanted = [*chosen.values(), *asked.scores, *(asked.slices or ())]
    if absent := next((name for name in wanted if name not in names), None):
        what = f"there is no column {absent!r:.80}; there are {', '.join(names)[:300]}"
        raise InputError(what, file, "Name a column of the header.")
    lower = {name.lower(): name for name in reversed(names)}
    taken = set(wanted)
    found = dict(chosen)
    for role, usual in USUAL.items():
        if role not in found:
            name = next((lower[one] for one in usual if one in lower and lower[one] not in taken), None)
            if name is not None:
                found[role] = name
    return found


def _scores(names: list[str], asked: Asked, taken: set[str], file: str) -> list[str]:
    if asked.scores:
        return list(asked.scores)
    free = [name for name in names if name not in taken]
    return [name for name in free if name.lower() in _SCORES or name.lower().startswith(("score", "metric"))]


def _rows(
    path: Path, table: Iterator[tuple[str, dict[str, str]]], roles: Mapping[str, str], scores: list[str]
) -> Iterator[Row]:
    taken = {*roles.values(), *scores} - {roles.get("group")}
    for at, (place, cells) in enumerate(table):
        where = f"{path}, {place}"

        def given(role: str, cells: Mapping[str, str] = cells) -> str | None:
            text = cells.get(roles.get(role, ""), "").strip()
            return text if text.lower() not in _NONE else None

        case_id = given("id")
        if "id" in roles and case_id is None:
            raise InputError(f"the cell of {roles['id']!r} is empty", where, "Each row needs the id of its case.")
        row = Row(
            case_id=case_id or str(at + 1),
            place=place,
            input=_cell(cells, roles, "input"),
            expected=_cell(cells, roles, "expected"),
            facts={key: value for key, value in cells.items() if key not in taken and value.strip()},
            repeat=_whole(given("repeat"), roles, where),
            output=_cell(cells, roles, "output"),
            seconds=_amount(given("seconds"), roles.get("seconds"), where),
            cost=_amount(given("cost"), roles.get("cost"), where),
            model=given("model"),
        )
        row.failure = _failure(given("failure"))
        row.scores = {name: _score(cells[name], name, where) for name in scores}
        yield row


def _failure(said: str | None) -> Failure | None:
    """`system: ...` is the system's own failure, hence wrong; any other text is the evaluation's, hence unscored."""
    if said is None or not isinstance(number_of(said), Unscored):
        return None  # a number is the size of an error, not a report of one
    kind, colon, message = said.partition(":")
    if kind.strip().lower() == "system":
        return Failure(kind="system", reason="failed", message=message.strip() if colon else "")
    return tool_failed("failed", said)


def _cell(cells: Mapping[str, str], roles: Mapping[str, str], role: str) -> Any:
    text = cells.get(roles.get(role, ""), "")
    return cell(text) if text else None


def _score(text: str, name: str, where: str) -> float | Unscored:
    """A score; an empty cell is unscored, and a text that is no number is an error of the file, not a wrong answer."""
    word = text.strip()
    if word.lower() in _NONE:
        return Unscored("the cell is empty" if not word else "the cell holds no number")
    found = number_of(word[:-1] if word.endswith("%") else word)
    if isinstance(found, Unscored) and found.why == "the score is a text, no number":
        what = f"{name!r:.80} is {word!r:.80}, no number"
        raise InputError(what, where, "A score is a number, true, false, pass or fail, or an empty cell.")
    return found / 100 if word.endswith("%") and not isinstance(found, Unscored) else found


def _amount(text: str | None, name: str | None, where: str) -> float | None:
    if text is None:
        return None
    found = number_of(text)
    if isinstance(found, Unscored) or found < 0:
        raise InputError(f"{name!r:.80} is {text!r:.80}, no number from 0 up", where)
    return found


def _whole(text: str | None, roles: Mapping[str, str], where: str) -> int:
    if text is None:
        return 0
    if not text.isascii() or not text.isdigit() or len(text) > 6:
        raise InputError(f"{roles['repeat']!r:.80} is {text!r:.80}, no whole number from 0 up", where)
    return int(text)
