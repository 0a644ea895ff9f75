"""The process that a system lives in, apart: `python -m evalkit.app.gateway.child SPEC SECONDS THREADS`.

It speaks the `command:` protocol over its pipes. A shadow's process is nice before it imports anything: users' requests
come first, while it starts, too.
"""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from evalkit.app.gateway.hosts import Host
    from evalkit.app.gateway.settings import Limits
    from evalkit.core.traffic import Said
    from evalkit.predictors._child import Wire

SHADOW_FLAG = "EVALKIT_SHADOW"
"""An environment variable, `1` where a system is asked as a shadow: code that writes, pays or sends looks at it."""

_NICE = 10


def main(spec: str, seconds: str, threads: str) -> None:
    """Serve until the gateway is gone."""
    if os.environ.get(SHADOW_FLAG) == "1":
        os.nice(_NICE)

    import asyncio

    from evalkit.app.gateway.settings import Limits
    from evalkit.core.errors import EvalkitError
    from evalkit.predictors._child import Wire

    wire = Wire()
    limits = Limits(seconds=float(seconds), threads=int(threads))
    try:
        asyncio.run(_serve(wire, spec, limits))
    except EvalkitError as error:
        wire.send({"fatal": str(error)})


async def _serve(wire: Wire, spec: str, limits: Limits) -> None:
    import asyncio

    from evalkit.app.gateway.hosts import here
    from evalkit.predictors._child import serve_at_once

    async with here(spec, limits) as host:
        wire.send({"mode": "async", "size": 1})

        async def answer(row: dict[str, Any]) -> dict[str, Any]:
            said = await host.ask(row["case_id"], row["input"])
            asyncio.get_running_loop().call_soon(_end_if_stuck, host, limits)  # once this answer is on its way
            return _fields(said)

        await serve_at_once(wire, answer)


def _end_if_stuck(host: Host, limits: Limits) -> None:
    """Too many calls hang in threads that cannot be ended: the process can, and the gateway starts another."""
    from evalkit.app.gateway.threads import Threads

    if isinstance(host, Threads) and host.n_stuck >= limits.stuck:
        os._exit(1)


def _fields(said: Said) -> dict[str, Any]:
    import json

    if said.output is None:
        failure = {"kind": "system", "reason": said.reason or "failed", "message": said.failure or ""}
        return {"failure": failure, "seconds": said.seconds}
    return {"output": json.loads(said.output), "seconds": said.seconds, "confidence": said.confidence}


if __name__ == "__main__":
    main(*sys.argv[1:])
