"""What a contract says: columns, keys, rules across columns, freshness, volume."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import Field

from evalkit.core.digest import digest_of
from evalkit.core.nouns import Finite, Noun

if TYPE_CHECKING:
    from pydantic import BaseModel

__all__ = ["Anomaly", "Column", "Contract", "Freshness", "Kind", "Late", "Reference", "Rule", "Severity", "Volume"]

Kind = Literal["integer", "number", "text", "boolean", "timestamp", "date", "any"]
Severity = Literal["error", "warn"]
Share = Annotated[float, Field(gt=0, le=1)]
Scalar = bool | int | float | str


class Reference(Noun):
    """Where the values of a column have to be found."""

    dataset: str  # NAME, NAME@VERSION or a digest
    column: str  # of that dataset


class Anomaly(Noun):
    """Values far from the usual: beyond `within` robust standard deviations (1.4826 x MAD) of the median."""

    within: Annotated[float, Field(gt=0)]  # robust standard deviations
    median: Finite | None = None  # of what is usual; null: of the reference
    mad: Annotated[float, Field(gt=0)] | None = (
        None  # median absolute deviation from the median; null: of the reference
    )
    reference: str | None = None  # dataset with the same column; null: the history, or median and mad


class Column(Noun):
    """The rules of one column. A null breaks `nullable` only; a value of the wrong type breaks `type` only."""

    type: Kind = "any"  # of every value
    required: bool = True  # the column has to be there
    nullable: bool = True  # a value may be missing
    ge: Scalar | None = None  # smallest value (also `min`)
    gt: Scalar | None = None  # values are above it
    le: Scalar | None = None  # greatest value (also `max`)
    lt: Scalar | None = None  # values are below it
    min_length: Annotated[int, Field(ge=0)] | None = None  # characters of a text
    max_length: Annotated[int, Field(ge=0)] | None = None  # characters of a text
    set: list[Scalar] | None = None  # the only values
    regex: str | None = None  # RE2, found anywhere in the text: anchor it with ^ and $
    unique: bool = False  # no value twice
    references: Reference | None = None  # its values are values there
    anomaly: Anomaly | None = None  # values far from the usual
    mostly: Share | None = None  # of the values that have to keep each rule but type and unique; null: all
    severity: Severity = "error"  # warn: told, and no verdict
    note: str = ""  # for people

    @property
    def asked(self) -> Kind:
        """The type, or what the rules can only be asked of where that is left open: a value of another breaks them."""
        if self.type != "any":
            return self.type
        numbers = [*(self.set or ()), *(bound for bound in (self.ge, self.gt, self.le, self.lt) if bound is not None)]
        if self.anomaly or (numbers and all(isinstance(n, int | float) and not isinstance(n, bool) for n in numbers)):
            return "number"
        texts = self.set and all(isinstance(value, str) for value in self.set)
        return "text" if texts or (self.regex, self.min_length, self.max_length) != (None,) * 3 else "any"


class Rule(Noun):
    """A rule across columns, such as `dep_delay <= arr_delay + 60`. Where a value is missing it says nothing."""

    rule: str  # expression
    name: str = ""  # for people
    mostly: Share | None = None  # of the rows that it speaks of; null: all
    severity: Severity = "error"  # warn: told, and no verdict


class Freshness(Noun):
    """How old the newest row may be."""

    column: str  # of timestamps or dates; without a time zone they are UTC
    max_age: str  # such as "36 hours"
    severity: Severity = "error"  # warn: told, and no verdict


class Late(Noun):
    """How late an event may come. Only what takes records in one after another asks it."""

    column: str  # when it happened: of timestamps
    within: str  # behind the newest event that came before it, such as "2 hours"


class Volume(Noun):
    """How many rows there may be."""

    min: Annotated[int, Field(ge=0)] | None = None  # rows
    max: Annotated[int, Field(ge=0)] | None = None  # rows
    within: Annotated[float, Field(gt=0)] | None = (
        None  # robust standard deviations of the log of earlier versions' rows
    )
    severity: Severity = "error"  # warn: told, and no verdict


class Contract(Noun):
    """What the rows of a table have to be."""

    contract: str  # its name
    columns: dict[str, Column]  # name -> rules
    extra: Literal["error", "warn", "allow"] = "error"  # columns that it does not name
    keys: list[list[str]] = Field(default_factory=list)  # columns that together tell rows apart, none of them missing
    rules: list[Rule] = Field(default_factory=list)  # across columns
    freshness: Freshness | None = None  # of the newest row
    volume: Volume | None = None  # number of rows
    late: Late | None = None  # events that come too late, where records are taken in
    keep: Literal["first", "last"] = "first"  # of records with one key and other values, where they are taken in
    missing: list[str] = Field(default_factory=lambda: [""])  # cells of CSV that are no value
    note: str = ""  # for people

    @property
    def digest(self) -> str:
        """Of the rules; notes, names for people and the layout of the file change nothing."""
        said = self.model_dump(mode="json", exclude_defaults=True)
        for part in (said, *said["columns"].values()):
            part.pop("note", None)
        return digest_of(said)

    @classmethod
    def load(cls, path: Path | str) -> Contract:
        """Read a YAML 1.2 file.

        Raises:
            InputError: with the line of what cannot be used.
        """
        from evalkit.pipeline.contract.load import load

        return load(Path(path))

    @classmethod
    def parse(cls, text: str, where: str = "<text>") -> Contract:
        """Read YAML 1.2 from a text; `where` names it in errors."""
        from evalkit.pipeline.contract.load import parse

        return parse(text, where)

    @classmethod
    def of(cls, model: type[BaseModel], **more: Any) -> Contract:
        """The contract of a Pydantic model: types, Optional, bounds, lengths, patterns, Literal and Enum.

        What is code in it (validators) is not held, and the contract's note says so.

        Args:
            model: its fields are the columns.
            more: keys, rules, freshness, ... as in the file.

        Raises:
            InputError: a field's type has no column, or the rest does not fit.
        """
        from evalkit.pipeline.contract.model import of

        return of(cls, model, more)
