"""`evalkit comment`."""

from __future__ import annotations

from pathlib import Path

import click


@click.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--pull-request", "number", type=click.IntRange(min=1), help="Its number [default: the event's].")
@click.option("--link", "links", multiple=True, metavar="TEXT=URL", help="A link to put into the comment.")
def comment(file: Path, number: int | None, links: tuple[str, ...]) -> int:
    """Post FILE (of `evalkit ci --comment`) as the one comment of a pull request on GitHub, or update it.

    Reads GITHUB_TOKEN, GITHUB_REPOSITORY, GITHUB_EVENT_PATH and GITHUB_API_URL. Where the token may
    not write (a fork), it says so and ends with 0: the step summary has the same text.
    """
    import os

    from evalkit.app.ci import github
    from evalkit.app.cli.console import note
    from evalkit.core.errors import InputError
    from evalkit.engine.files import need_file
    from evalkit.report.ci.comment import with_links

    pairs = dict(link.partition("=")[::2] for link in links)
    if bad := [text for text, url in pairs.items() if not text or not url.startswith(("https://", "http://"))]:
        raise InputError(f"--link {bad[0]!r} is not TEXT=URL", remedy="Write --link report=https://...")
    target = github.target_of(os.environ, number)
    need_file(file, "comment")
    if isinstance(target, str):
        note(f"not posted: {target}")
        return 0
    posted = github.post(target, with_links(file.read_text(encoding="utf-8"), pairs))
    note(f"{posted.done}: {posted.why or posted.url}")
    if posted.why and os.environ.get("GITHUB_ACTIONS") == "true":
        from evalkit.report.ci.annotations import command

        click.echo(command("warning", f"The comment was not posted: {posted.why}. The step summary has the same text."))
    return 0
