"""`http:URL`: a service that is POSTed `{"case_id", "input"}` and answers `{"output"}`."""

from __future__ import annotations

import os
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from evalkit.core.errors import InputError
from evalkit.core.options import check_options, number, text
from evalkit.core.protocols import Answer, Request
from evalkit.core.texts import parse
from evalkit.predictors.rows import answer_of, request_row, system
from evalkit.predictors.worker import LINE_CAP
from evalkit.providers.web import Body, check_url, connected, trouble

_VARIABLE = re.compile(r"\$\{(\w+)\}")


@dataclass(frozen=True)
class HttpPredictor:
    """One POST a case.

    What stands behind the address is not seen: where it changed, `--fresh` asks an unfinished run's questions anew.

    A 4xx that speaks of the request (400, 422, ...) is the system's own refusal: the system failure `http_400`. Lost
    connections, 5xx, 408, 409, 425 and 429 are tried again; 401, 403 and 404 end the run.

    Attributes:
        url: where to.
        headers: sent with each request; `${NAME}` is taken from the environment when the session opens. The values
            are never recorded.
        version: what pins its answers across runs; None: they are never reused.
        max_bytes: a longer response is the system failure `too_large`.
    """

    url: str
    headers: Mapping[str, str] = field(default_factory=dict)
    version: str | None = None
    max_bytes: int = LINE_CAP

    @classmethod
    def from_spec(cls, rest: str, options: Mapping[str, Any]) -> HttpPredictor:
        """From what stands behind `http:` (also `//host/path`, the rest of an address that begins with `http:`).

        Raises:
            InputError: the address or an option is wrong.
        """
        check_options("http", options, {"headers", "version", "max_bytes"})
        headers = options.get("headers") or {}
        if not isinstance(headers, Mapping) or not all(isinstance(v, str) for v in headers.values()):
            raise InputError("http: option headers is not a mapping of names to texts")
        cap = int(number("http", options, "max_bytes", LINE_CAP, 1_000))
        url = check_url("http", f"http:{rest}" if rest.startswith("//") else rest)
        return cls(url, dict(headers), text("http", options, "version"), cap)

    @property
    def spec(self) -> dict[str, Any]:
        """What was asked for; of the headers only the names."""
        return {"predictor": "http", "url": self.url, "headers": sorted(self.headers), "version": self.version}

    @property
    def identity(self) -> dict[str, Any] | None:
        """The address and the version that the user vouches for."""
        return None if self.version is None else self.spec

    @asynccontextmanager
    async def session(self, concurrency: int) -> AsyncIterator[Callable[[Request], Awaitable[Answer]]]:
        """Open connections.

        Raises:
            InputError: a header names an environment variable that is not set.
        """
        headers = {name: _filled(name, value) for name, value in self.headers.items()}
        async with connected(self.url, headers, self.max_bytes) as post:

            async def answer(request: Request) -> Answer:
                return self._read(await post(request_row(request)))

            yield answer

    def _read(self, body: Body) -> Answer:
        if (error := trouble(self.url, body, body.shown())) is not None:
            raise error
        if body.status >= 400:
            return system(f"http_{body.status}", f"the service answered with status {body.status}: {body.shown()}")
        if body.cut:
            return system("too_large", f"the response has more than {self.max_bytes:,} bytes")
        try:
            row = parse(body.data)
        except ValueError as error:
            return system("unparseable", f"the response is not JSON ({error}): {body.shown()}")
        if not isinstance(row, dict):
            return system("unparseable", f'the response is not an object with "output": {body.shown()}')
        return answer_of(row)


def _filled(header: str, value: str) -> str:
    def variable(match: re.Match[str]) -> str:
        found = os.environ.get(match.group(1))
        if found is None:
            raise InputError(f"http: header {header} needs the environment variable {match.group(1)}, which is not set")
        return found

    return _VARIABLE.sub(variable, value)
