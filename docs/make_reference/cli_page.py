"""docs/reference/cli.md, from the click commands."""

from __future__ import annotations

import inspect

import click

from docs.make_reference.docstrings import NOTE, table, wrap
from evalkit.app.cli.commands import COMMANDS
from evalkit.app.cli.main import cli

INTRO = """\
`evalkit COMMAND --help` prints the same. `python -m evalkit` is the same program.

`run:ID` is a run's id, a unique beginning of it, a name, or `latest`; where a system is meant, `run:ID/NAME` picks one
of several. `baseline:NAME` is the run that a [baseline](#evalkit-baseline) stands on, and is read wherever `run:ID` is.
The workspace is `--workspace`, else `$EVALKIT_HOME`, else `.evalkit` in the current folder. With `--json`,
stdout holds one JSON object (`runs list`: one a line) and everything else goes to stderr. `NO_COLOR` is respected.

| exit code | meaning |
|---|---|
| 0 | pass, or no gate declared (`ungated`); of commands without a verdict: done |
| 1 | a gate failed; of `selftest`: false alarms are shown |
| 2 | usage or input: a sentence says what, where, and the remedy |
| 3 | inconclusive: the data do not decide |
| 4 | the run broke; what was computed stays |
| 130 | Ctrl-C; the same command goes on where it stopped |

`run`, `ci`, `import --suite` and `stats paired --margin` exit by verdict. `compare`, `rescore` and `report` exit with 0
once computed, whatever the gates say; what leaves nothing to say (no case scored in all systems) is 3."""


def cli_page() -> str:
    """The page."""
    context = click.Context(cli, info_name="evalkit")
    rows = [[f"[`evalkit {name}`](#evalkit-{name})", line] for name, (_, _, line) in COMMANDS.items()]
    lines = ["# Command line", "", NOTE, "", INTRO, "", *table(["command", "what it does"], rows), ""]
    for name in COMMANDS:
        command = cli.get_command(context, name)
        if command is None:
            raise LookupError(name)
        lines += _command(command, context, name)
    return "\n".join(lines).rstrip() + "\n"


def _command(command: click.Command, parent: click.Context, name: str) -> list[str]:
    context = click.Context(command, info_name=name, parent=parent)
    path = context.command_path
    lines = [f"## {path}" if path.count(" ") == 1 else f"### {path}", ""]
    if isinstance(command, click.Group):
        lines += _help(command)
        for sub in command.commands or command.list_commands(context):
            one = command.get_command(context, sub)
            if one is None:
                raise LookupError(sub)
            lines += _command(one, context, sub)
        return lines
    usage = " ".join([path, *filter(None, command.collect_usage_pieces(context))])
    lines += ["```text", usage, "```", "", *_help(command)]
    rows = [_option(param) for param in command.params if isinstance(param, click.Option)]
    return [*lines, *table(["option", "meaning"], rows), ""] if rows else lines


def _help(command: click.Command) -> list[str]:
    """The help text: paragraphs, and what click is told to leave as it is (`\\b`) as a block."""
    lines: list[str] = []
    for block in inspect.cleandoc(command.help or "").split("\n\n"):
        if block.startswith("\b\n"):
            lines += ["```text", *block.splitlines()[1:], "```", ""]
        else:
            lines += [wrap(" ".join(block.split())), ""]
    return lines


def _option(option: click.Option) -> list[str]:
    names = ", ".join(sorted(option.opts, key=len))
    value = "" if option.is_flag else f" {option.metavar or _value(option.type)}"
    notes = []
    if option.required:
        notes.append("Required.")
    if option.multiple:
        notes.append("May repeat.")
    if option.show_default and option.default is not None:
        notes.append(f"Default: {option.default}.")
    return [f"`{names}{value}`", " ".join([option.help or "", *notes]).strip()]


def _value(kind: click.ParamType) -> str:
    """What an option takes: the choices, or the name of the type."""
    return "|".join(kind.choices) if isinstance(kind, click.Choice) else kind.name.upper().removesuffix(" RANGE")
