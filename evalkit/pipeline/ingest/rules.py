"""What is asked of a record at the door: of the contract, and of how the stream was begun."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from dataclasses import field as of
from typing import TYPE_CHECKING, Any, Final, Literal, NamedTuple

from pydantic import Field

from evalkit.core.ingesting import Fault
from evalkit.core.nouns import Noun
from evalkit.pipeline.contract.ages import seconds_in
from evalkit.pipeline.ingest.decode import shown

if TYPE_CHECKING:
    import pyarrow as pa

    from evalkit.pipeline.contract import Contract, Given

__all__ = ["Asked", "Needed", "Rules", "rules_of"]

_KINDS: Final = {
    "integer": "int64",
    "number": "double",
    "text": "string",
    "boolean": "bool",
    "timestamp": "timestamp[us, tz=UTC]",
    "date": "date32[day]",
}


class Asked(Noun):
    """How a stream is taken in, beside its contract. Kept with the stream."""

    key: list[str] = Field(default_factory=list)  # columns that tell records apart; empty: those of the contract
    keep: Literal["first", "last"] = "first"  # of records with the same key and other content
    event_time: str | None = None  # column
    lateness: float | None = None  # seconds that an event may be behind the newest; null: any


class Needed(NamedTuple):
    """What a record must have of one column."""

    kind: str | None  # as `types.arrow_type`; None: what the first records have
    required: bool  # it may not be left out
    asked: str | None = None  # what its rules can only be asked of, where that is all that is known


@dataclass(frozen=True)
class Rules:
    """All that the door asks.

    Attributes:
        digest: of the contract.
        columns: by name, in order; None: what the first records have.
        extra: whether a field that is no column is a fault; otherwise it stays in the raw bytes only.
        keys: columns that together tell records apart.
        never_null: how many of the keys, from the first on, must be there in every record.
        keep: which record of a key counts.
        event_time, lateness: column, and microseconds.
        nulls: cells of CSV that are no value; None: the usual ones.
        check: rules of rows: table -> row -> faults.
    """

    digest: str | None = None
    columns: Mapping[str, Needed] | None = None
    extra: bool = True
    keys: Sequence[tuple[str, ...]] = ()
    never_null: int = 0
    keep: Literal["first", "last"] = "first"
    event_time: str | None = None
    lateness: int | None = None
    nulls: frozenset[str] | None = None
    check: Callable[[pa.Table], Mapping[int, Sequence[Fault]]] | None = of(default=None, repr=False)


def rules_of(contract: Contract | None, asked: Asked, given: Given | None = None) -> Rules:
    """The rules of a contract and of how the stream was begun; the key that was asked for comes first.

    Args:
        contract: None: columns are what the first records have.
        asked: how the stream was begun.
        given: where references are looked up; None: nowhere.
    """
    keys = [tuple(asked.key)] if asked.key else []
    event_time, lateness = asked.event_time, asked.lateness
    if event_time is None and contract is not None and contract.late is not None:
        event_time, lateness = contract.late.column, seconds_in(contract.late.within)
    late = None if lateness is None else int(lateness * 1e6)
    if contract is None:
        return Rules(None, None, True, keys, len(keys), asked.keep, event_time, late)
    keys += [key for key in map(tuple, contract.keys) if key not in keys]
    firm = len(keys)
    keys += [(name,) for name, column in contract.columns.items() if column.unique and (name,) not in keys]
    columns = {
        name: Needed(_KINDS.get(column.type), column.required and not column.nullable, _KINDS.get(column.asked))
        for name, column in contract.columns.items()
    }
    return Rules(
        contract.digest,
        columns,
        contract.extra == "error",
        keys,
        firm,
        "last" if "last" in (asked.keep, contract.keep) else "first",
        event_time,
        late,
        frozenset(contract.missing),
        _checker(contract, given),
    )


def _checker(contract: Contract, given: Given | None) -> Callable[[pa.Table], dict[int, list[Fault]]]:
    """Rules of single rows: what is unique, fresh or enough is not known of a part."""
    columns = {name: column.model_copy(update={"unique": False}) for name, column in contract.columns.items()}
    of_rows = contract.model_copy(update={"columns": columns, "keys": [], "freshness": None, "volume": None})

    def check(table: pa.Table) -> dict[int, list[Fault]]:
        from evalkit.pipeline.contract import check as checked

        result: Any = checked(table, of_rows, given) if given else checked(table, of_rows)
        found: dict[int, list[Fault]] = {}
        for row, column, rule, value in result.reasons:
            found.setdefault(int(row), []).append(
                Fault(
                    kind="rule",
                    reason=f"breaks the rule: {rule}",
                    field=column,
                    value=None if value is None else shown(value),
                )
            )
        for row in result.bad.nonzero()[0].tolist():
            found.setdefault(row, [Fault(kind="rule", reason="breaks a rule of the contract")])
        return found

    return check
