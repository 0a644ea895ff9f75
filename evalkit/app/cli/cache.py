"""`evalkit cache`: the answers that runs share, so that nothing is paid for twice."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import click

from evalkit.app.cli.lazy import LazyGroup
from evalkit.app.cli.options import as_json as json_option
from evalkit.app.cli.options import workspace as workspace_option

if TYPE_CHECKING:
    from evalkit.stores.cache_contents import CacheContents, Entry
    from evalkit.stores.cache_file import BadLine

_HERE = "evalkit.app.cli.cache"
COMMANDS = {
    "stats": (_HERE, "stats", "How many answers are kept, of which models, and how many the last run found."),
    "export": (_HERE, "export", "Write the answers of a run (or all) into a file, to commit beside a suite."),
    "import": (_HERE, "import_", "Add the answers of such a file; existing ones stay."),
    "prune": (_HERE, "prune", "Remove answers by age, size or model."),
}
_PORTION = 32_000_000  # characters of answers added at once
_HOPELESS = 1_000  # bad lines after which a file is not read on
_SIZE = re.compile(r"(\d{1,15}(?:\.\d+)?)\s*([kmgt]?)(i?)b?", re.IGNORECASE)
_AGE = re.compile(r"(\d{1,9}(?:\.\d+)?)\s*([hdwy]?)", re.IGNORECASE)
_DAYS = {"h": 1 / 24, "": 1.0, "d": 1.0, "w": 7.0, "y": 365.0}


@click.group(cls=LazyGroup, table=COMMANDS)
def cache() -> None:
    """The answers of models and judges that runs share: a run asks only what is not there.

    `evalkit run --replay` uses nothing else and needs no key; `--fresh` asks anew.
    """


def _contents(workspace: Path | None) -> CacheContents:
    import time

    from evalkit.app.environment import workspace_root
    from evalkit.stores.cache_contents import CacheContents

    return CacheContents(workspace_root(workspace), time.time)


@cache.command()
@json_option
@workspace_option
def stats(as_json: bool, workspace: Path | None) -> int:
    """How many answers are kept, of which models, and how many the last run found."""
    from evalkit.app.cli.console import print_json, printable
    from evalkit.app.cli.table import table

    found = _contents(workspace).stats()
    if as_json:
        print_json(found)
        return 0
    click.echo(printable(f"{found['path']}: {found['entries']:,} answers, {_size(found['bytes'])}"))
    if found["groups"]:
        rows = [
            (
                group["kind"] or "-",
                group["provider"] or "-",
                group["model"] or "-",
                f"{group['entries']:,}",
                _size(group["bytes"]),
                (group["last_used"] or "")[:10],
            )
            for group in found["groups"]
        ]
        table([("kind", "provider", "model", "answers", "size", "last used"), *rows])
    if (last := found["last_run"]) is not None:
        click.echo(printable(f"{last['run_id']} found {last['found']:,} of {last['asked']:,} answers here."))
    return 0


@cache.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--run", "ref", metavar="run:ID", help="Only what this run used (`latest`, a name, an id).")
@json_option
@workspace_option
def export(file: Path, ref: str | None, as_json: bool, workspace: Path | None) -> int:
    """Write the answers of a run, or all, into FILE (JSON lines, packed with gzip).

    Commit it beside the suite: after `evalkit cache import FILE`, `evalkit run --replay` needs no key and no network.
    """
    from evalkit.app.api import open_store
    from evalkit.app.cli.console import note, print_json
    from evalkit.app.cli.output import check_writable
    from evalkit.stores.cache_file import write_entries

    check_writable(file)
    contents = _contents(workspace)
    keys = None if ref is None else contents.keys_of(open_store(workspace).resolve(ref))
    n, damaged = write_entries(file, contents.entries(keys))
    missing = 0 if keys is None else len(set(keys)) - n - len(damaged)
    for sentence in damaged[:20]:
        note(f"warning: {sentence}; it was left out")
    if missing:
        note(f"warning: {missing:,} answers that the run used are no longer in the cache")
    if as_json:
        print_json({"file": str(file), "entries": n, "missing": missing, "damaged": len(damaged)})
    else:
        click.echo(f"{n:,} answers, {_size(file.stat().st_size)}: {file}")
    return 0


@cache.command("import")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--replace", is_flag=True, help="Where an answer is here already, take the file's.")
@json_option
@workspace_option
def import_(file: Path, replace: bool, as_json: bool, workspace: Path | None) -> int:
    """Add the answers of FILE. Bad lines are named and left out, the others are added; exit 2 where there are any."""
    from evalkit.app.cli.console import note, print_json
    from evalkit.core.errors import EXIT_INPUT

    added, here, bad = _add(_contents(workspace), file, replace)
    for line in bad[:20]:
        note(f"error: {file}, line {line.line}: {line.why}")
    if len(bad) > 20:
        note(f"error: {len(bad) - 20:,} more lines are bad")
    if as_json:
        errors = [{"line": line.line, "what": line.why} for line in bad]
        print_json({"file": str(file), "added": added, "already": here, "bad": len(bad), "errors": errors})
    else:
        click.echo(f"{added:,} answers added, {here:,} were here already, {len(bad):,} lines could not be used.")
    return EXIT_INPUT if bad else 0


def _add(contents: CacheContents, file: Path, replace: bool) -> tuple[int, int, list[BadLine]]:
    """Entries added, entries that were there already, and bad lines; in portions, so that no file fills the memory."""
    from evalkit.stores.cache_file import BadLine, read_entries

    added = n = size = 0
    waiting: list[Entry] = []
    bad: list[BadLine] = []
    for found in read_entries(file):
        if isinstance(found, BadLine):
            bad.append(found)
            if len(bad) >= _HOPELESS:
                break
            continue
        waiting.append(found)
        n, size = n + 1, size + len(found.answer)
        if size > _PORTION:
            added, size = added + contents.add(waiting, replace=replace), 0
            waiting.clear()
    if waiting:
        added += contents.add(waiting, replace=replace)
    return added, n - added, bad


@cache.command()
@click.option("--older-than", metavar="30d", help="Not used for so long: hours (h), days (d), weeks (w), years (y).")
@click.option("--max-size", metavar="500MB", help="The least recently used, until so much is left.")
@click.option("--model", help="Of this model.")
@click.option("--all", "everything", is_flag=True, help="All of them.")
@click.option("--dry-run", is_flag=True, help="Only say what would be removed.")
@json_option
@workspace_option
def prune(
    older_than: str | None,
    max_size: str | None,
    model: str | None,
    everything: bool,
    dry_run: bool,
    as_json: bool,
    workspace: Path | None,
) -> int:
    """Remove answers; what is removed is asked and paid for again when a run needs it.

    --older-than and --model together remove what is both; --max-size then removes what is left over.
    """
    from evalkit.app.cli.console import print_json
    from evalkit.core.errors import InputError

    given = [older_than, max_size, model]
    if everything == any(value is not None for value in given):
        what = (
            "--all removes everything, so nothing else can be asked for"
            if everything
            else "nothing says what to remove"
        )
        raise InputError(what, remedy="Give --older-than, --max-size and/or --model; or --all alone.")
    days = None if older_than is None else _days(older_than)
    size = None if max_size is None else _bytes(max_size)
    found = _contents(workspace).prune(older_than=days, model=model, max_size=size, dry_run=dry_run)
    if as_json:
        print_json(found._asdict())
        return 0
    verb = "would be removed" if dry_run else "removed"
    click.echo(
        f"{found.entries:,} answers {verb} ({_size(found.bytes)}); {found.kept:,} stay ({_size(found.kept_bytes)})."
    )
    return 0


def _days(text: str) -> float:
    from evalkit.core.errors import InputError

    match = _AGE.fullmatch(text.strip())
    if match is None or (days := float(match[1]) * _DAYS[match[2].lower()]) > 36_500:
        remedy = "Write 12h, 30d, 8w or 1y, at most 100 years."
        raise InputError(f"--older-than is {text[:80]!r}, not an age", remedy=remedy)
    return days


def _bytes(text: str) -> int:
    from evalkit.core.errors import InputError

    match = _SIZE.fullmatch(text.strip())
    if match is None:
        raise InputError(f"--max-size is {text[:80]!r}, not a size", remedy="Write 500MB, 2GB or a number of bytes.")
    base = 1024 if match[3] else 1000
    return min(1 << 62, int(float(match[1]) * base ** " kmgt".index(match[2].lower() or " ")))


def _size(n: int) -> str:
    for unit, scale in (("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if n >= scale:
            return f"{n / scale:.1f} {unit}"
    return f"{n:,} bytes"
