"""`evalkit evidence add|list|show`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from evalkit.app.cli.options import as_json as json_option
from evalkit.app.cli.options import workspace as workspace_option


@click.group()
def evidence() -> None:
    """What is known of a run beside its record: approvals, limits, validation, lineage, registry, shadow, A/B, rollout,
    monitor. It is only ever added; the release report shows it."""


def _store(workspace: Path | None) -> Any:
    from evalkit.app.api import open_store

    return open_store(workspace)


@evidence.command()
@click.argument("ref", metavar="run:ID")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@json_option
@workspace_option
def add(ref: str, file: Path, as_json: bool, workspace: Path | None) -> int:
    """Keep the evidence in FILE with a run: a JSON object with `kind`, `created` and its fields, or a list of them.

    The same evidence is kept once. A file with a fault is refused whole.
    """
    from evalkit.app.approving import added
    from evalkit.app.cli.console import print_json
    from evalkit.report.evidence_words import line

    found = added(_store(workspace), ref, file)
    if as_json:
        print_json({"evidence": [{"digest": one.digest, "kind": one.kind, "file": str(path)} for one, path in found]})
        return 0
    for one, _ in found:
        _echo(f"{one.digest[:12]}  {one.kind}: {line(one)}")
    return 0


@evidence.command("list")
@click.argument("ref", metavar="run:ID", default="latest")
@json_option
@workspace_option
def list_(ref: str, as_json: bool, workspace: Path | None) -> int:
    """The evidence of a run, oldest first, a line each."""
    from evalkit.app.cli.console import note
    from evalkit.app.cli.table import table
    from evalkit.report.evidence_words import line

    store, run_id = _of(ref, workspace)
    found = store.evidence(run_id)
    if as_json:
        _print_json(run_id, found)
    elif not found:
        note(
            f"no evidence of {run_id}; add some with: evalkit evidence add run:ID FILE.json, or evalkit approve run:ID"
        )
    else:
        rows = [(e.digest[:12], e.created[:16].replace("T", " "), e.kind, e.outcome or "-", line(e)) for e in found]
        table([("digest", "created", "kind", "outcome", "what it says"), *rows])
    return 0


@evidence.command()
@click.argument("ref", metavar="run:ID", default="latest")
@click.argument("digest", required=False)
@json_option
@workspace_option
def show(ref: str, digest: str | None, as_json: bool, workspace: Path | None) -> int:
    """All that the evidence of a run says; with DIGEST (or its beginning), that of one."""
    from evalkit.core.errors import InputError

    store, run_id = _of(ref, workspace)
    found = [one for one in store.evidence(run_id) if digest is None or one.digest.startswith(digest.lower())]
    if digest is not None and len(found) != 1:
        what = f"{len(found)} pieces of evidence begin" if found else "no evidence begins"
        raise InputError(f"{what} with {digest!r:.80}", f"run {run_id}", "See: evalkit evidence list run:ID")
    if as_json:
        _print_json(run_id, found)
        return 0
    for one in found:
        _echo(f"{one.kind} {one.digest}")
        _echo(json.dumps(one.model_dump(mode="json", exclude_defaults=True), indent=2, ensure_ascii=False))
    return 0


def _of(ref: str, workspace: Path | None) -> tuple[Any, str]:
    from evalkit.app.refs import run_ref

    store = _store(workspace)
    return store, run_ref(store, ref).run_id


def _print_json(run_id: str, found: Any) -> None:
    from evalkit.app.cli.console import print_json

    print_json({"run_id": run_id, "evidence": [{"digest": e.digest, **e.model_dump(mode="json")} for e in found]})


def _echo(text: str) -> None:
    from evalkit.app.cli.console import printable

    click.echo(printable(text))
