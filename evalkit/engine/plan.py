"""Suite -> Plan: every call that a run will make, known before anything runs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from evalkit.core.digest import digest_of
from evalkit.core.nouns import Suite
from evalkit.core.protocols import Request
from evalkit.core.seeds import seed_from
from evalkit.core.tables import CaseTable


@dataclass(frozen=True)
class Plan:
    """n cases x r repeats; row `i * r + j` is repeat j of case i.

    Attributes:
        cases: n cases.
        repeats: r, at least 1.
        seed: the suite's seed; each request gets its own, made of it, the case and the repeat.
        timeout: seconds an answer may take.
        max_output_bytes: size of the largest answer that is kept.
    """

    cases: CaseTable
    repeats: int
    seed: int
    timeout: float
    max_output_bytes: int

    def __len__(self) -> int:
        return len(self.cases) * self.repeats

    @cached_property
    def cases_digest(self) -> str:
        """Identity of the cases."""
        return self.cases.digest()

    @cached_property
    def digest(self) -> str:
        """Identity of the plan: the same calls would be made."""
        return digest_of(
            [self.cases_digest, self.repeats, self.seed, self.timeout, self.max_output_bytes],
        )

    @cached_property
    def case_row(self) -> np.ndarray:
        """(n r,) the case of each row."""
        return np.repeat(np.arange(len(self.cases)), self.repeats)

    @cached_property
    def repeat(self) -> np.ndarray:
        """(n r,) the repeat of each row."""
        return np.tile(np.arange(self.repeats, dtype=np.int32), len(self.cases))

    def requests(self) -> Iterator[Request]:
        """Every call, in row order; inputs are decoded a block at a time."""
        ids = self.cases.ids.to_pylist()
        for start in range(0, len(ids), 4096):
            stop = min(start + 4096, len(ids))
            inputs: list[Any] = self.cases.input.slice(start, stop).values()
            for case_id, value in zip(ids[start:stop], inputs, strict=True):
                for repeat in range(self.repeats):
                    yield Request(case_id, repeat, value, seed_from(self.seed, case_id, repeat))


def plan(suite: Suite, cases: CaseTable) -> Plan:
    """The plan of a suite over these cases."""
    return Plan(cases, suite.repeats, suite.seed, suite.timeout, suite.max_output_bytes)
