"""Runs that are killed: each is a fork of one process that has imported everything, so that a kill costs little.

A line on stdin starts `evalkit.run` in the current folder; the child's process id is printed, then how it ended.
"""

from __future__ import annotations

import contextlib
import importlib
import os
import sys

import evalkit

IMPORTED = (  # once, before the forks; pyarrow imports pandas where it is installed
    "aiohttp",
    "evalkit.app.api",
    "evalkit.judges.model",
    "evalkit.metrics.rubric",
    "evalkit.predictors.recorded",
    "evalkit.providers.chat",
    "evalkit.providers.lean",
    "evalkit.stores.local",
    "jinja2.sandbox",
    "pandas",
    "ruamel.yaml",
)


def main() -> None:
    """Serve until stdin ends."""
    for name in IMPORTED:
        with contextlib.suppress(ImportError):
            importlib.import_module(name)
    for _ in sys.stdin:
        child = os.fork()
        if child == 0:
            try:
                evalkit.run("suite.yaml", candidate="recorded:answers.jsonl", workspace="ws")
                os._exit(0)
            finally:
                os._exit(1)
        print(child, flush=True)
        _, status = os.waitpid(child, 0)
        print(status, flush=True)


if __name__ == "__main__":
    main()
