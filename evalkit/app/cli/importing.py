"""What `evalkit import` does once its options are read."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from evalkit.adapters.logs.nouns import Asked
from evalkit.core.errors import EXIT_FAIL, EXIT_INCONCLUSIVE, EXIT_PASS, InputError
from evalkit.core.nouns import Record
from evalkit.core.protocols import Store


def perform(format_: str, files: tuple[Path, ...], wanted: Asked, system: str | None, more: Mapping[str, Any]) -> int:
    """Read everything, store the runs, tell of them; the exit code.

    Raises:
        InputError: a file or option that cannot be used; then nothing is stored.
    """
    from evalkit.app import api
    from evalkit.app.cli.output import check_writable
    from evalkit.app.importing import import_log, read_logs, score_log
    from evalkit.app.options import Options

    _check(more, len(files))
    check_writable(more["report"], more["markdown"])
    logs = read_logs(format_, files, wanted, more["shards"])
    if more["report"] is not None and len(logs) > 1:
        raise InputError(f"{len(logs)} runs are one report too many", "--report", "Import the files one by one.")
    store = api.open_store(more["workspace"])
    records = []
    for at, one in enumerate(logs):
        name = more["name"] if at == len(logs) - 1 else None  # a name points to one run
        options = Options(name=name, tags=more["tags"])
        if more["suite"] is not None:
            records.append(
                score_log(one, more["suite"], store, system=system, baseline=more["baseline"], options=options)
            )
        else:
            records.append(import_log(one, wanted, store, system=system, options=options))
    if more["write_suite"] is not None:
        _write_suite(more["write_suite"], records[-1], store)
    return _deliver(records, store, more)


def _check(more: Mapping[str, Any], n_files: int) -> None:
    if more["baseline"] is not None and more["suite"] is None:
        raise InputError(
            "a baseline is for gates, and without --suite there are none", "--baseline", "Add --suite SUITE."
        )
    if more["write_suite"] is not None and (more["suite"] is not None or (n_files > 1 and not more["shards"])):
        raise InputError("a suite is written of one run without a suite", "--write-suite", "Import one FILE.")


def _deliver(records: list[Record], store: Store, more: Mapping[str, Any]) -> int:
    from evalkit.app.cli.console import note, print_json
    from evalkit.app.cli.output import deliver
    from evalkit.app.cli.run import EXIT_OF

    single = len(records) == 1
    codes = []
    for record in records:
        files = (
            {"report": more["report"], "markdown": more["markdown"]} if single else {"report": None, "markdown": None}
        )
        as_json = more["as_json"]
        deliver(record, store, **files, as_json=as_json and single, headline=not as_json)
        note(f"imported run:{record.run_id}: {told(record)}")
        codes.append(EXIT_OF[record.outcome] if more["suite"] is not None else _scored(record))
    if more["as_json"] and not single:
        print_json({"runs": [record.to_json() for record in records]})
    return next(code for code in (EXIT_FAIL, EXIT_INCONCLUSIVE, EXIT_PASS) if code in codes)


def told(record: Record) -> str:
    """Cases, scores and what is unscored, in a line."""
    scores = [m.id for m in record.metrics if m.of is None and m.layer != "operational"] or ["none"]
    shown = ", ".join(scores[:8]) + (", ..." if len(scores) > 8 else "")
    return f"{record.n_cases:,} cases, {len(record.variants)} system{'s' * (len(record.variants) > 1)}, scores: {shown}"


def _scored(record: Record) -> int:
    """0, or 3 where no case has any score."""
    from evalkit.app.cli.console import note

    whole = [e for e in record.estimates if e.slice is None and e.metric not in ("seconds", "cost")]
    if any(e.n for e in whole):
        return EXIT_PASS
    reasons = next((e.unscored for e in whole if e.unscored), {})
    note(f"error: no case of the log is scored ({', '.join(reasons) or 'no score recorded'})")
    return EXIT_INCONCLUSIVE


def _write_suite(folder: Path, record: Record, store: Store) -> None:
    """suite.yaml and cases.jsonl, of which `evalkit run FOLDER --candidate run:ID` makes gates.

    Raises:
        InputError: the folder holds a suite already.
    """
    from evalkit.app.imported_files import write_suite

    write_suite(folder, record, store)
