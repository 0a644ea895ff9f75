"""Tokens -> US dollars, from a table that users can override; unknown is unknown, never 0."""

from __future__ import annotations

import math
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from evalkit.core.errors import InputError
from evalkit.providers.yamlfile import read_mapping

VARIABLE = "EVALKIT_PRICES"  # names a table for everything on this machine
_SHIPPED = Path(__file__).with_name("prices.yaml")
_SNAPSHOT = re.compile(r"-\d{4}-\d{2}-\d{2}$")


class Price(NamedTuple):
    """US dollars per million tokens; `cached` is for input tokens that the provider found in its cache."""

    input: float
    output: float
    cached: float | None = None

    def of(self, tokens_in: int, tokens_out: int, n_cached: int = 0) -> float:
        """US dollars of one call."""
        cached = self.input if self.cached is None else self.cached
        n_cached = min(max(n_cached, 0), tokens_in)
        return ((tokens_in - n_cached) * self.input + n_cached * cached + tokens_out * self.output) / 1e6


def find_price(base_url: str, model: str, own: str | None) -> Price | None:
    """The price of a model at an endpoint.

    The first table that names it counts: `own`, then the one of the environment variable EVALKIT_PRICES, then ours. An
    endpoint is named as `host:port` or `host`, or is "*" (any); a model by its exact name, or without its date.

    Raises:
        InputError: a table cannot be read.
    """
    parts = urlsplit(base_url)
    hosts = (f"{parts.hostname}:{parts.port}", parts.hostname or "", "*")
    for path in (own, os.environ.get(VARIABLE) or None, _SHIPPED):
        endpoints = {} if path is None else _endpoints(path, path is not own and path is not _SHIPPED)
        for host in hosts:
            for name in (model, _SNAPSHOT.sub("", model)):
                if name in (models := endpoints.get(host, {})):
                    row = models[name]
                    return None if row is None else _price(row, f"{path}, {host}, {name}")
    return None


def _endpoints(path: str | Path, by_variable: bool = False) -> Mapping[str, Mapping[str, Any]]:
    try:
        table = read_mapping(path, "prices", {"as_of", "endpoints"})
    except InputError as error:
        remedy = f"The environment variable {VARIABLE} names this file." if by_variable else error.remedy
        raise InputError(error.what, error.where, remedy) from None
    endpoints = table.get("endpoints") or {}
    if not isinstance(endpoints, dict) or not all(isinstance(models, dict) for models in endpoints.values()):
        raise InputError("prices: endpoints is not a mapping of host names to models", str(path))
    return endpoints


def _price(row: Any, where: str) -> Price:
    if not isinstance(row, dict) or not {"input", "output"} <= set(row) <= {"input", "output", "cached"}:
        raise InputError("prices: a model has input, output and perhaps cached", where)
    for name, value in row.items():
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < math.inf:
            raise InputError(f"prices: {name} is {value!r}, not US dollars per million tokens", where)
    return Price(**row)
