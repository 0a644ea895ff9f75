"""Contracts of data: what the rows of a table have to be, held against whole columns."""

from __future__ import annotations

from evalkit.pipeline.contract.check import Checked, check
from evalkit.pipeline.contract.given import Given
from evalkit.pipeline.contract.nouns import Contract

__all__ = ["Checked", "Contract", "Given", "check"]
