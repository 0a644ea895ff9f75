"""The command `evalkit`. Sub-commands are imported when they are called, so that `--help` stays quick."""

from __future__ import annotations

import signal
import sys
from typing import Any

import click

from evalkit import __version__
from evalkit.app.cli.lazy import LazyGroup

# name -> (module, attribute, one line of help): the line is here so that the group's help imports nothing.
COMMANDS = {
    "init": ("evalkit.app.cli.init", "init", "Write a first suite to start from."),
    "run": ("evalkit.app.cli.run", "run", "Run a suite on candidates and decide its gates."),
    "compare": ("evalkit.app.cli.compare", "compare", "Compare stored runs, case by case."),
    "plan": ("evalkit.app.cli.plan", "plan", "Say what a run would cost, and whether its gates can decide."),
    "selftest": ("evalkit.app.cli.selftest", "selftest", "How often the gates cry wolf on your own runs."),
    "rescore": ("evalkit.app.cli.rescore", "rescore", "Score stored answers again; no prediction is made."),
    "import": ("evalkit.app.cli.import_", "import_", "Import logs of other tools as runs."),
    "report": ("evalkit.app.cli.report", "report", "Write the report of a stored run."),
    "runs": ("evalkit.app.cli.runs", "runs", "List, show, name, move and clean up stored runs."),
    "cache": ("evalkit.app.cli.cache", "cache", "Answers that runs share: count, export, import, prune."),
    "stats": ("evalkit.app.cli.stats.group", "stats", "Intervals and comparisons of the columns of a CSV file."),
    "rank": ("evalkit.app.cli.rank", "rank", "Rank systems by pairwise preferences."),
    "correct": ("evalkit.app.cli.correct", "correct", "Correct a judge's numbers by what people say of some items."),
    "ci": ("evalkit.app.cli.ci", "ci", "Run all suites as continuous integration does."),
    "comment": ("evalkit.app.cli.comment", "comment", "Post or update the comment of a pull request."),
    "baseline": ("evalkit.app.cli.baseline", "baseline", "What a release is compared with, by name."),
    "judge": ("evalkit.app.cli.judging.group", "judge", "Read verdicts; fit panels and cascades of judges."),
    "audit": ("evalkit.app.cli.audit", "audit", "Rank every layer of a suite by agreement with people."),
    "labels": ("evalkit.app.cli.labels.group", "labels", "Draw, merge and count labels of people."),
    "match": ("evalkit.app.cli.match", "match", "Decide pairs of gold and answer, without a suite."),
    "calibrate": ("evalkit.app.cli.calibrate", "calibrate", "What a judge is worth beside people's labels."),
    "schema": ("evalkit.app.cli.schema", "schema", "Print the JSON Schema of the suite file, for editors."),
    "doctor": ("evalkit.app.cli.doctor", "doctor", "Check the installation, a suite, or a metric."),
}


class Commands(LazyGroup):
    """All commands."""

    def invoke(self, ctx: click.Context) -> Any:
        """As click does; that the reader of stdout went away (`| head`) is no error of the command."""
        try:
            return super().invoke(ctx)
        except BrokenPipeError:
            from evalkit.app.cli.console import hush

            hush()
            return 0


@click.group(
    cls=Commands, table=COMMANDS, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100}
)
@click.version_option(__version__, prog_name="evalkit")
@click.option("--debug", is_flag=True, help="Show tracebacks.")
@click.pass_context
def cli(ctx: click.Context, debug: bool) -> None:
    """Release gates for ML and LLM systems: verdicts with statistics, not thresholds on noise.

    \b
    Exit codes: 0 pass (or no gate), 1 a gate failed, 2 usage or input,
    3 inconclusive, 4 the run broke, 130 interrupted.
    """
    ctx.obj = {"debug": debug}


def main(arguments: list[str] | None = None) -> None:
    """Run the command line; every error becomes one sentence on stderr and an exit code."""
    arguments = sys.argv[1:] if arguments is None else arguments
    signal.signal(signal.SIGTERM, _terminate)
    debug = "--debug" in arguments
    arguments = [a for a in arguments if a != "--debug"]
    sys.exit(_guarded(arguments, debug))


class Terminated(KeyboardInterrupt):
    """SIGTERM: ended like Ctrl-C, so that children are ended and what was answered is kept."""


def _terminate(number: int, frame: Any) -> None:
    raise Terminated


def _guarded(arguments: list[str], debug: bool) -> int:
    from evalkit.core.errors import EXIT_BROKE, EXIT_INPUT, EXIT_INTERRUPTED, EvalkitError

    try:
        code: Any = cli.main(arguments, prog_name="evalkit", standalone_mode=False)
    except (click.exceptions.Abort, KeyboardInterrupt) as error:  # click makes the one of the other
        ended = Terminated in (type(error), type(error.__cause__))
        return _say_interrupted(128 + signal.SIGTERM if ended else EXIT_INTERRUPTED)
    except click.ClickException as error:
        return _say(error.format_message(), EXIT_INPUT, arguments, None)
    except EvalkitError as error:
        if debug:
            raise
        return _say(str(error), error.exit_code, arguments, error)
    except Exception as error:
        if debug:
            raise
        return _say(_unexpected(error), EXIT_BROKE, arguments, None)
    return code if isinstance(code, int) else 0


def _unexpected(error: Exception) -> str:
    if isinstance(error, OSError):
        where = f"{error.filename}: " if error.filename else ""
        return f"{where}{error.strerror or error}. Check the path, its permissions and the free space on the disk."
    if isinstance(error, MemoryError):
        return "the machine ran out of memory. Run on fewer cases (--limit)."
    return f"evalkit itself failed ({type(error).__name__}: {error}). Run again with --debug and report what it shows."


def _say_interrupted(code: int) -> int:
    click.echo("Interrupted. What was answered is kept: run the same command again to continue.", err=True)
    return code


def _say(sentence: str, code: int, arguments: list[str], error: Any) -> int:
    from evalkit.app.cli.console import printable
    from evalkit.core.errors import EXIT_BROKE

    click.echo(f"error: {printable(sentence)}", err=True)
    if "--json" in arguments:
        import json

        parts = {"what": sentence, "where": "", "remedy": ""}
        if error is not None:
            parts = {"what": error.what, "where": error.where, "remedy": error.remedy}
        try:
            click.echo(json.dumps({"outcome": "error", "exit_code": code, "error": parts}))
        except OSError:  # stdout itself is what failed (a full disk); stderr has the sentence
            return EXIT_BROKE
    return code
