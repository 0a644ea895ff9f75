"""A training as JSON and in lines."""

from __future__ import annotations

from typing import Any

import click

from evalkit.app.cli.console import note, printable

__all__ = ["as_dict", "said"]


def as_dict(done: Any, version: Any) -> dict[str, Any]:
    """What `evalkit train --json` prints of one training."""
    training = done.training
    whole: dict[str, Any] = training.model_dump(mode="json", exclude={"keeps", "check"})
    check = training.check
    return {
        **whole,
        "model": f"model:{training.artifact}",
        "cached": done.cached,
        "verify": None if check is None else {"same": check.outcome == "same", **check.model_dump(mode="json")},
        "registered": None if version is None else {"name": version.name, "version": version.version},
    }


def said(done: Any, version: Any, head: str = "") -> None:
    """The same for people."""
    training = done.training
    how = "trained before" if done.cached else f"trained in {training.seconds:.1f} s"
    _echo(
        f"{head + ': ' if head else ''}{training.name}  model:{training.artifact[:12]}  {how}, {training.size:,} bytes"
    )
    for name, value in training.metrics.items():
        _echo(f"  {name} = {value:.6g}")
    if version is not None:
        _echo(f"  registered as {version.name}@{version.version}")
    if training.check is not None:
        _echo(f"  verify: {training.check.said}")
    for sentence in training.warnings:
        note(f"warning: {sentence}")


def _echo(text: str) -> None:
    click.echo(printable(text))
