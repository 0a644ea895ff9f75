"""`evalkit runs ...`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from evalkit.app.cli.options import as_json as json_option
from evalkit.app.cli.options import workspace as workspace_option

_EVIDENCE = 5


@click.group()
def runs() -> None:
    """List, show, name, move and clean up stored runs."""


def _store(workspace: Path | None) -> Any:
    from evalkit.app.api import open_store

    return open_store(workspace)


@runs.command("list")
@click.option("--suite", help="Only runs of this suite.")
@click.option("--tag", help="Only runs with this tag.")
@click.option("--limit", type=click.IntRange(min=1), default=20, show_default=True)
@json_option
@workspace_option
def list_runs(suite: str | None, tag: str | None, limit: int, as_json: bool, workspace: Path | None) -> int:
    """The newest runs. With --json, one JSON object a line."""
    found = _store(workspace).runs(suite=suite, tag=tag, limit=limit)
    if as_json:
        for summary in found:
            click.echo(json.dumps(summary._asdict(), ensure_ascii=False))
        return 0
    from evalkit.app.cli.table import table

    if not found:
        click.echo("No runs yet. Start with: evalkit run SUITE --candidate SPEC")
        return 0
    rows: list[tuple[str, ...]] = [("run", "created", "suite", "outcome", "cases", "systems", "names and tags")]
    rows += [
        (
            s.run_id,
            s.created[:16].replace("T", " "),
            s.suite,
            s.outcome,
            f"{s.n_cases:,}",
            ", ".join(s.variants),
            _marks(s),
        )
        for s in found
    ]
    table(rows)
    return 0


def _marks(summary: Any) -> str:
    standing = [f"baseline:{name}" for name in summary.baselines]
    return " ".join([*standing, *summary.names, *(f"#{tag}" for tag in summary.tags)])


@runs.command()
@click.argument("ref", metavar="run:ID", default="latest")
@json_option
@workspace_option
def show(ref: str, as_json: bool, workspace: Path | None) -> int:
    """The verdict and numbers of one run, and the evidence that was added to it."""
    from evalkit.app.cli.console import print_json
    from evalkit.app.cli.output import print_summary

    store = _store(workspace)
    record = store.read_record(ref)
    if as_json:
        print_json(record.to_json())
        return 0
    from evalkit.app.broke import broke_of

    print_summary(record, broke=broke_of(record, store), more=_evidence(store, record.run_id))
    return 0


@runs.command()
@click.argument("first", metavar="run:A")
@click.argument("second", metavar="run:B")
@json_option
@workspace_option
def diff(first: str, second: str, as_json: bool, workspace: Path | None) -> int:
    """What two runs are made of, where they differ: suite, digests, systems, packages, commit."""
    from evalkit.app.cli.console import print_json
    from evalkit.app.cli.table import table

    store = _store(workspace)
    a, b = store.read_record(first), store.read_record(second)
    found = [
        {"field": key, "a": ours.get(key), "b": theirs.get(key)}
        for ours, theirs in [(_identity(a), _identity(b))]
        for key in sorted(ours.keys() | theirs.keys())
        if ours.get(key) != theirs.get(key)
    ]
    if as_json:
        print_json({"a": a.run_id, "b": b.run_id, "differences": found})
    elif not found:
        click.echo(f"{a.run_id} and {b.run_id} have the same suite, cases, scoring, systems, packages and commit.")
    else:
        rows = [(str(d["field"]), _short(d["a"]), _short(d["b"])) for d in found]
        table([("field", a.run_id, b.run_id), *rows])
    return 0


def _evidence(store: Any, run_id: str) -> list[str]:
    """The newest evidence, a line each."""
    from evalkit.report.evidence_words import NAMES, line

    found = store.evidence(run_id)
    left = [f"{len(found) - _EVIDENCE} more: evalkit evidence list run:{run_id}"] if len(found) > _EVIDENCE else []
    return [f"{NAMES[e.kind]}, {e.created[:10]}: {line(e)}" for e in found[-_EVIDENCE:]] + left


def _identity(record: Any) -> dict[str, Any]:
    flat = {
        "suite": record.suite.name,
        "suite version": record.suite.version,
        "commit": record.environment.commit,
        "dirty": record.environment.dirty,
        "python": record.environment.python,
        "evalkit": record.environment.evalkit,
        "outcome": record.outcome,
        "cases": record.n_cases,
    }
    flat |= {f"digest {name}": value for name, value in record.digests.model_dump().items()}
    flat |= {f"package {name}": value for name, value in record.environment.packages.items()}
    for variant in record.variants:
        flat[f"{variant.name} system"] = variant.digest
        flat[f"{variant.name} answers"] = variant.answers
    return flat


def _short(value: Any) -> str:
    text = "-" if value is None else str(value)
    return text[:12] if len(text) == 64 else text


@runs.command()
@click.argument("ref", metavar="run:ID")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@workspace_option
def export(ref: str, file: Path, workspace: Path | None) -> int:
    """Pack a run into FILE (.tar.gz or .zip), to import it on another machine."""
    click.echo(str(_store(workspace).export_run(ref, file)))
    return 0


@runs.command("import")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@workspace_option
def import_(file: Path, workspace: Path | None) -> int:
    """Unpack an exported run into the workspace; its digests are checked."""
    click.echo(_store(workspace).import_run(file))
    return 0


@runs.command()
@click.option("--keep", type=click.IntRange(min=0), default=20, show_default=True, help="Newest runs to keep.")
@click.option("--days", type=click.IntRange(min=0), default=30, show_default=True, help="Keep runs younger than this.")
@click.option("--dry-run", is_flag=True, help="Only say what would be removed.")
@json_option
@workspace_option
def gc(keep: int, days: int, dry_run: bool, as_json: bool, workspace: Path | None) -> int:
    """Remove old runs. Named, tagged and cited runs and baselines stay, as do the newest and the young."""
    from evalkit.app.cli.console import print_json
    from evalkit.stores.gc import GcPolicy

    policy = GcPolicy(keep_newest=keep, keep_days=days)
    removed = _store(workspace).gc(policy, dry_run=dry_run)
    if as_json:
        print_json(removed._asdict())
    else:
        verb = "would be removed" if dry_run else "removed"
        click.echo(f"{len(removed.runs)} runs {verb} ({removed.bytes / 1e6:.1f} MB).")
    return 0


@runs.command()
@click.argument("ref", metavar="run:ID")
@click.argument("name")
@workspace_option
def name(ref: str, name: str, workspace: Path | None) -> int:
    """Give a run a name; the name moves here if it stood elsewhere."""
    _store(workspace).set_name(ref, name)
    return 0


@runs.command()
@click.argument("ref", metavar="run:ID")
@click.argument("tags", nargs=-1, required=True)
@workspace_option
def tag(ref: str, tags: tuple[str, ...], workspace: Path | None) -> int:
    """Tag a run."""
    _store(workspace).tag(ref, *tags)
    return 0
