"""How a stream is begun, and gone on with: what was asked the first time holds until it is asked otherwise."""

from __future__ import annotations

from typing import Any, Final

from evalkit.core.errors import InputError
from evalkit.core.ingesting import Ledger, Stream
from evalkit.pipeline.contract import Contract, Given
from evalkit.pipeline.ingest.door import fitted
from evalkit.pipeline.ingest.rules import Asked, Rules, rules_of

__all__ = ["PART_BYTES", "PART_ROWS", "begun"]

PART_ROWS: Final = 20_000
"""Records after which a part is closed."""

PART_BYTES: Final = 16_000_000
"""Bytes of records after which a part is closed."""


def begun(
    ledger: Ledger,
    name: str,
    *,
    contract: Contract | None = None,
    asked: Asked | None = None,
    part_rows: int | None = None,
    given: Given | None = None,
) -> tuple[Stream, Rules]:
    """A stream as it stands, with the rules of its door.

    Args:
        ledger: knows it, or not.
        name: of the stream and of its dataset.
        contract: the rules from now on; None: those that it has.
        asked: the same.
        part_rows: of a new stream.
        given: where the contract's references are looked up.

    Raises:
        InputError: the contract is for other columns, or another size of parts.
    """
    stream = ledger.stream(name) or Stream(name=name, part_rows=part_rows or PART_ROWS, part_bytes=PART_BYTES)
    if part_rows not in (None, stream.part_rows):
        raise InputError(
            f"the parts of the stream {name} have {stream.part_rows:,} records, not {part_rows:,}",
            remedy="Leave the option out, or begin another stream",
        )
    kept: dict[str, Any] = stream.contract or {}
    now = asked.model_dump(exclude_unset=True) if asked is not None else {}
    asked = Asked.model_validate({**kept.get("asked", {}), **now})  # what is not asked anew holds on
    if contract is None and kept.get("contract"):
        contract = Contract.model_validate(kept["contract"])
    rules = rules_of(contract, asked, given)
    if rules.keep == "last" and not rules.keys:
        remedy = "Name its columns with --key, or as keys of the contract"
        raise InputError("the last record of a key is to count, and there is no key", f"stream {name}", remedy)
    fitted(stream, rules)
    said = {
        "contract": contract.model_dump(mode="json", exclude_defaults=True) if contract else None,
        "asked": asked.model_dump(mode="json", exclude_defaults=True),
    }
    return stream.model_copy(update={"contract": said, "contract_digest": rules.digest}), rules
