"""The command `evalkit`. Sub-commands are imported when they are called, so that `--help` stays quick."""

from __future__ import annotations

import signal
import sys
import warnings
from typing import Any

import click

from evalkit import __version__
from evalkit.app.cli.commands import COMMANDS, SECTIONS
from evalkit.app.cli.lazy import LazyGroup


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
    cls=Commands,
    table=COMMANDS,
    sections=SECTIONS,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
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
    with warnings.catch_warnings():
        warnings.showwarning = _told(warnings.showwarning)
        code = _guarded(arguments, debug)
    sys.exit(code)


def _told(usual: Any) -> Any:
    """What shows a warning: ours are sentences for who typed the command, without the line of code that gave them."""

    def show(message: Any, category: type[Warning], *where: Any, **given: Any) -> None:
        if not category.__module__.startswith("evalkit."):
            usual(message, category, *where, **given)
            return
        from evalkit.app.cli.console import note

        note(f"warning: {message}")

    return show


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

        said = {"outcome": "error", "exit_code": code, "error": {"what": sentence, "where": "", "remedy": ""}}
        try:
            click.echo(json.dumps(error.to_json() if error is not None else said))
        except OSError:  # stdout itself is what failed (a full disk); stderr has the sentence
            return EXIT_BROKE
    return code
