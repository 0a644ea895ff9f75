"""`python:FILE.py:NAME` as a judge: the user's function, or the judge that it was decorated into."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from evalkit.app.user_code import load_user, source_digest
from evalkit.core.errors import InputError
from evalkit.core.options import check_options
from evalkit.core.protocols import JUDGE_LIMITS, Judge
from evalkit.judges.code import CodeJudge


class PythonJudge:
    """How a suite file's `python:` judges are made."""

    @staticmethod
    def from_spec(rest: str, options: Mapping[str, Any], base: Path) -> Judge:
        """From `FILE.py:NAME` (relative to `base`) or `package.module:NAME`; options: version, and limits of calls.

        Raises:
            InputError: there is no such file or name, importing it fails, or it is no judge.
        """
        check_options("python", options, {"version", *JUDGE_LIMITS})
        if not rest.rpartition(":")[0]:
            what = f"python:{rest} names no function"
            raise InputError(what, remedy="Write python:FILE.py:NAME or python:package.module:NAME.")
        found = load_user(rest, base)
        if isinstance(found, Judge) and not isinstance(found, CodeJudge):
            return found
        if not isinstance(found, CodeJudge) and not callable(found):
            raise InputError(f"python:{rest} is a {type(found).__name__}, not a function or a judge")
        made = found if isinstance(found, CodeJudge) else CodeJudge(found)
        version = made.version if options.get("version") is None else str(options["version"])
        limits = {name: options[name] for name in options if name in JUDGE_LIMITS - {"certificate", "sentinel"}}
        return replace(made, version=version, source=source_digest(rest, base), limits={**made.limits, **limits})
