"""`evalkit init`."""

from __future__ import annotations

from importlib import resources
from pathlib import Path

import click

from evalkit.core.errors import InputError


@click.command()
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False), default="my_suite")
def init(folder: Path) -> int:
    """Write a small suite into FOLDER: cases, a system to judge, a metric of your own, gates."""
    from evalkit.app.cli.console import note

    template = resources.files("evalkit.app") / "template"
    files = {entry.name: entry.read_text(encoding="utf-8") for entry in template.iterdir() if entry.is_file()}
    taken = [name for name in files if (folder / name).exists()]
    if taken:
        raise InputError(f"{folder / taken[0]} exists already", remedy="Name another folder: evalkit init FOLDER.")
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in sorted(files.items()):
        (folder / name).write_text(text, encoding="utf-8")
        click.echo(str(folder / name))
    note(f"Now: evalkit run {folder} --candidate python:{folder}/system.py:answer")
    return 0
