"""A rubric: what a judge is asked, between which labels it chooses, and what each is worth."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

from pydantic import Field

from evalkit.core.digest import digest_of
from evalkit.core.errors import InputError
from evalkit.judges.rubric_file import read_rubric_file
from evalkit.judges.rubric_parts import Criterion, Example, Kind, Limits, Part

PASS, FAIL = "pass", "fail"


class Rubric(Part):
    """One rubric file, checked.

    Attributes:
        id: name of the rubric.
        version: the author's own count of changes.
        description: for people; the judge does not see it.
        kind: an answer by itself, or two answers beside each other.
        values: label -> value in [0, 1], in the order of the menu. For a pair: what the label is worth for output 1.
        texts: label -> what it means, as the judge reads it.
        criteria: judged one by one; empty where the verdict is one label.
        examples: shown before the question.
        system: who the judge is and how it judges; no template.
        template: Jinja2 over the case's fields.
        pattern: regular expression that finds the verdict in prose; None: the verdict protocol.
        captures: what the pattern captures -> label.
        pass_at: value from which the label is "pass", for several criteria.
        limits: what bounds the judge's use; in no digest.
        calibration: labelled examples beside the rubric.
        path: the file.
    """

    id: str
    version: int = 1
    description: str = ""
    kind: Kind
    values: dict[str, float]
    texts: dict[str, str] = Field(default_factory=dict)
    criteria: tuple[Criterion, ...] = ()
    examples: tuple[Example, ...] = ()
    system: str
    template: str
    pattern: str | None = None
    captures: dict[str, str] = Field(default_factory=dict)
    pass_at: float | None = None
    limits: Limits = Limits()
    calibration: Path | None = None
    path: Path | None = None

    @classmethod
    def read(cls, path: str | Path) -> Rubric:
        """A rubric from its file.

        Raises:
            InputError: the file cannot be read, or something in it does not fit: each with its line.
        """
        return cls(**read_rubric_file(Path(path)), path=Path(path))

    @property
    def menu(self) -> tuple[str, ...]:
        """The labels of a verdict."""
        return tuple(self.values)

    @property
    def positive(self) -> str:
        """The label whose value is 1."""
        return next(label for label, value in self.values.items() if value == 1)

    @cached_property
    def digest(self) -> str:
        """Of all that can change a verdict or its value: not of comments, the description, limits and file names."""
        return digest_of(
            self.model_dump(mode="json", exclude={"description", "limits", "calibration", "path"})
            | {"menu": list(self.values), "menus": [list(c.values) for c in self.criteria]}
        )

    def settle(self, labels: Mapping[str, str]) -> tuple[str, float]:
        """The label and the value of a verdict on every criterion.

        Args:
            labels: criterion -> label of its menu.

        Returns:
            The label, and the weighted mean of the criteria's values in [0, 1]; 0 where a veto is at its worst.
        """
        given = [(c, c.values[labels[c.id]]) for c in self.criteria]
        if any(c.veto and value == 0 for c, value in given):
            value = 0.0
        else:
            value = sum(c.weight * v for c, v in given) / sum(c.weight for c, _ in given)
        if self.pass_at is None:
            return labels[self.criteria[0].id], value
        return (PASS if value >= self.pass_at - 1e-12 else FAIL), value


def shipped_rubrics() -> dict[str, Path]:
    """The rubrics that come with evalkit: name -> file."""
    package = Path(__file__).resolve().parent.parent
    folders = (package / "rubrics", package.parent / "rubrics")  # of a wheel, of a checkout
    folder = next((f for f in folders if f.is_dir()), folders[0])
    return {file.stem: file for file in sorted(folder.glob("*.yaml"))}


def find_rubric(name: str, base: Path = Path()) -> Path:
    """The file of a rubric: relative to `base`, else a shipped one (`correctness`, `rubrics/correctness.yaml`).

    Raises:
        InputError: there is neither.
    """
    given = base / name
    if given.is_file():
        return given
    shipped, plain = shipped_rubrics(), Path(name)
    alone = plain.parent in (Path(), Path("rubrics")) and plain.suffix in ("", ".yaml")
    if alone and plain.stem in shipped:
        return shipped[plain.stem]
    raise InputError(
        f"there is no rubric file {name!r}", str(given), f"Shipped with evalkit: {', '.join(shipped) or 'none'}."
    )


def read_rubric(given: Any, base: Path = Path()) -> Rubric:
    """A rubric as a suite names it.

    Raises:
        InputError: it is no text, there is no such file, or the file does not fit.
    """
    if isinstance(given, Rubric):
        return given
    if not isinstance(given, str | Path):
        raise InputError(f"a rubric is a file or a name, not {given!r:.60}", remedy="Write rubric: rubrics/NAME.yaml.")
    return Rubric.read(find_rubric(str(given), base))
