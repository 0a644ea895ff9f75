"""Contracts from YAML and from models: shorthands, digests, and the line of what is wrong."""

from __future__ import annotations

import re
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from pathlib import Path
from typing import Annotated, Literal

import pytest
from pydantic import BaseModel, ConfigDict, Field, RootModel, field_validator

from evalkit.core.errors import InputError
from evalkit.pipeline.contract import Contract
from evalkit.pipeline.contract.nouns import Anomaly, Column, Freshness, Late, Rule, Volume

WHOLE = """contract: flights
extra: warn
missing: ["", NA]
columns:
  id: integer
  tail: {type: string, references: planes.tailnum}
  delay: {type: float64, min: -60, lt: 1500.5, mostly: 0.99, severity: warn, anomaly: {within: 8}}
  at: {type: "timestamp[us, tz=UTC]", min: 2013-01-01}
keys: [id, [tail, at]]
rules:
  - delay >= -60
  - {rule: delay is not null or id > 0, name: some, severity: warn}
freshness: {column: at, max_age: 36 hours}
volume: {min: 1, within: 5}
"""


def test_shorthands() -> None:
    contract = Contract.parse(WHOLE)
    assert contract.columns["tail"].type == "text"
    assert contract.columns["delay"].type == "number"
    assert contract.columns["delay"].ge == -60
    assert contract.columns["at"].type == "timestamp"
    assert contract.keys == [["id"], ["tail", "at"]]
    assert contract.rules[0].rule == "delay >= -60"


def test_the_digest_is_of_what_it_says() -> None:
    one = Contract.parse(WHOLE)
    assert (
        one.digest
        == Contract.parse(WHOLE.replace("min: -60", "ge: -60").replace("extra: warn", "extra:   warn")).digest
    )
    assert one.digest == Contract.parse(WHOLE + "note: for people\n").digest
    assert one.digest != Contract.parse(WHOLE.replace("-60, lt", "-61, lt")).digest


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (
            "id: integer",
            "id: {type: integer, nulable: false}",
            "f.yaml:5: unknown key 'nulable' in columns.id. Nearest: 'nullable'",
        ),
        ("extra: warn", "extras: warn", "f.yaml:2: unknown key 'extras'"),
        ("extra: warn", "extra: maybe", "f.yaml:2: extra is the text 'maybe'; expected 'error', 'warn' or 'allow'"),
        ("mostly: 0.99", "mostly: 1.5", "f.yaml:7: columns.delay.mostly is 1.5"),
        ("id: integer", "id: intger", "f.yaml:5"),
        ("id: integer", "id: {type: integer, regex: a}", "f.yaml:5: regex is for text"),
        ("id: integer", "id: {type: number, max_length: 2}", "f.yaml:5: max_length is for text"),
        ("id: integer", "id: {min_length: 3, max_length: 2}", "f.yaml:5: max_length is 2, below min_length"),
        ("id: integer", "id: {min: 3, max: 2}", "f.yaml:5: no value is both at least 3 and at most 2"),
        ("id: integer", "id: {type: number, gt: 2, le: 2}", "no value is both above 2 and at most 2"),
        ("id: integer", "id: {min: 3, max: z}", "the bounds 3 and the text 'z' are of two types"),
        ("id: integer", 'id: {type: text, regex: "(?=a)"}', "the regex is not RE2"),
        ("id: integer", "id: {type: integer, set: [1, x]}", "f.yaml:5: set[1] is the text 'x', which is no integer"),
        ("id: integer", "id: {type: integer, min: x}", "ge is the text 'x', which is no integer"),
        ("id: integer", "id: {type: text, min: 3}", "a bound is for numbers and times"),
        ("id: integer", "id: {type: text, set: []}", "the set is empty"),
        ("[id, [tail, at]]", "[idd]", "there is no column 'idd'. Nearest: 'id'"),
        ("- delay >= -60", "- dely >= -60", "f.yaml:11: there is no column 'dely'. Nearest: 'delay'"),
        ("- delay >= -60", "- delay >= tail", "do not go together"),
        ("- delay >= -60", "- delay = 3", "cannot be used"),
        ("36 hours", "soon", "f.yaml:13: 'soon' is no age"),
        ("column: at, max", "column: when, max", "there is no column 'when'"),
        ("volume: {min: 1", "volume: {min: 5, max: 2", "max is 2, below min, which is 5"),
        ("anomaly: {within: 8}", "anomaly: {within: 8, median: 1}", "one of median and mad"),
        ("contract: flights", "title: flights", "unknown key 'title'"),
        ("contract: flights\n", "", "the key contract is missing"),
    ],
)
def test_what_is_wrong_has_its_line(old: str, new: str, said: str) -> None:
    text = WHOLE.replace(old, new, 1)
    assert text != WHOLE
    with pytest.raises(InputError) as error:
        Contract.parse(text, "f.yaml")
    assert said in str(error.value)


@pytest.mark.parametrize(
    "text", ["", "- a\n", "columns: 3\ncontract: c\n", "contract: c\ncolumns: {a: 3}\n", "contract: c\ncolumns: {}\n"]
)
def test_files_that_are_no_contract(text: str) -> None:
    with pytest.raises(InputError, match=r"f\.yaml"):
        Contract.parse(text, "f.yaml")


def test_a_file(tmp_path: Path) -> None:
    path = tmp_path / "c.yaml"
    path.write_text(WHOLE, encoding="utf-8")
    assert Contract.load(path) == Contract.parse(WHOLE)
    with pytest.raises(InputError, match="no such contract file"):
        Contract.load(tmp_path / "d.yaml")


class Carrier(Enum):
    AMERICAN = "AA"
    DELTA = "DL"


class Flight(BaseModel):
    model_config = ConfigDict(extra="forbid")

    id: Annotated[int, Field(ge=0)]
    carrier: Carrier
    origin: Literal["EWR", "JFK"]
    tail: Annotated[str, Field(pattern="^N[0-9]+$", max_length=6)] | None
    delay: Annotated[float, Field(gt=-60, le=1500)] | None = None
    price: Decimal
    at: datetime
    day: date
    late: bool


def test_a_contract_of_a_model() -> None:
    contract = Contract.of(Flight, keys=[["id"]], rules=["delay < 100"])
    columns = contract.columns
    assert {name: column.type for name, column in columns.items()} == {
        "id": "integer",
        "carrier": "text",
        "origin": "text",
        "tail": "text",
        "delay": "number",
        "price": "number",
        "at": "timestamp",
        "day": "date",
        "late": "boolean",
    }
    assert columns["carrier"].set == ["AA", "DL"]
    assert columns["origin"].set == ["EWR", "JFK"]
    assert (columns["tail"].nullable, columns["id"].nullable) == (True, False)
    assert (columns["delay"].gt, columns["delay"].le, columns["delay"].required) == (-60, 1500, False)
    assert columns["tail"].regex == "^N[0-9]+$"
    assert contract.extra == "error"
    assert contract.contract == "Flight"
    with pytest.raises(InputError, match="there is no column 'ident'"):
        Contract.of(Flight, keys=[["ident"]])


def test_the_guide_names_every_key() -> None:
    """A key that nobody can find is no key."""
    guide = (Path(__file__).parents[3] / "docs" / "guides" / "contracts.md").read_text(encoding="utf-8")
    code = " ".join(re.findall(r"`[^`\n]+`", guide) + re.findall(r"```yaml.*?```", guide, re.DOTALL))
    named = set(re.findall(r"\w+", code))
    nouns = (Contract, Column, Rule, Anomaly, Freshness, Volume, Late)
    assert sorted({key for noun in nouns for key in noun.model_fields} - named) == []


def test_what_a_model_says_beside_its_schema_is_held_or_told() -> None:
    class Trip(BaseModel):
        day: Annotated[date, Field(ge=date(2020, 1, 1))]
        at: datetime = Field(lt=datetime(2030, 1, 1), alias="When")
        seats: Annotated[int, Field(multiple_of=2)]
        back: Trip | None = None

        @field_validator("seats")
        @classmethod
        def even(cls, value: int) -> int:
            return value

    contract = Contract.of(Trip)
    assert (contract.columns["day"].ge, contract.columns["When"].lt) == ("2020-01-01", "2030-01-01T00:00:00")
    assert contract.note == "Not held, of the model: even, multiple_of of seats"
    for none in (int, RootModel[list[int]]):
        with pytest.raises(InputError, match="is no Pydantic model with fields"):
            Contract.of(none)  # type: ignore[arg-type]
