"""`evalkit train`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from evalkit.app.cli.options import Number
from evalkit.app.cli.options import as_json as json_option
from evalkit.app.cli.options import workspace as workspace_option
from evalkit.core.errors import EXIT_FAIL, EXIT_PASS


@click.command()
@click.argument("recipe")
@click.argument("settings", metavar="[KEY=VALUE]...", nargs=-1)
@click.option("--config", type=click.Path(path_type=Path, dir_okay=False), help="YAML with the recipe's config.")
@click.option("--data", multiple=True, metavar="ROLE=REF", help="A dataset (NAME@VERSION, digest) or a file, by role.")
@click.option("--seed", type=click.IntRange(min=0), help="Given to the recipe [default: the config's, or 0].")
@click.option("--multirun", is_flag=True, help="KEY=A,B,C trains each value; several keys, each combination.")
@click.option("--verify", is_flag=True, help="Train twice, apart, and say whether the artifacts are the same.")
@click.option("--fresh", is_flag=True, help="Train though the same was trained before.")
@click.option("--name", default="", help="What the model is called [default: the recipe's function].")
@click.option("--register", metavar="MODEL", help="Register the result as the next version of MODEL.")
@click.option("--timeout", type=Number(min=0, min_open=True), help="Seconds that the recipe may take.")
@click.option("--threads", type=click.IntRange(min=1), default=1, show_default=True, help="Of numerical libraries.")
@json_option
@workspace_option
def train(
    recipe: str,
    settings: tuple[str, ...],
    config: Path | None,
    data: tuple[str, ...],
    seed: int | None,
    multirun: bool,
    register: str | None,
    as_json: bool,
    workspace: Path | None,
    **more: Any,
) -> int:
    """Train by RECIPE (package.module:function, or path/file.py:function) in a process of its own.

    A recipe is a function (data, config, seed) -> fitted predictor. The result is logged in the workspace and answers
    as `model:DIGEST`. The same recipe, data, config and seed are not trained again.

    \b
    Exit codes: 0 trained, 1 --verify found a difference or the model may not be kept,
    2 input, 4 the recipe raised, hung or died.
    """
    from evalkit.app.cli.console import note, print_json
    from evalkit.app.cli.trained_words import as_dict, said
    from evalkit.app.pipeline.bench import Bench
    from evalkit.app.pipeline.train.inputs import config_file, inputs_of
    from evalkit.app.pipeline.train.train import Wanted
    from evalkit.pipeline.train.overrides import overrides, swept, unknown_keys

    bench, given = Bench(workspace), config_file(config)
    several = swept(settings) if multirun else [overrides(settings)]
    if config is not None and several:
        for sentence in unknown_keys(given, several[0]):
            note(f"note: {sentence}")
    if not multirun:
        for sentence in _sweeps(several[0]):
            note(f"note: {sentence}")
    jobs = [(one, Wanted(recipe, inputs_of(bench, given, one, data, seed), note=note, **more)) for one in several]
    if not multirun:
        done, versions = _one(bench, jobs[0][1], register)
        print_json(as_dict(done, versions)) if as_json else said(done, versions)
        return EXIT_FAIL if _differs(done) else EXIT_PASS
    return _all(bench, jobs, register, as_json)


def _all(bench: Any, jobs: Any, register: str | None, as_json: bool) -> int:
    """All of a sweep: one that fails is told, and the others go on; the gravest exit code is given."""
    from evalkit.app.cli.console import note, print_json
    from evalkit.app.cli.trained_words import as_dict, said
    from evalkit.core.errors import EvalkitError

    code, rows = EXIT_PASS, []
    for found, wanted in jobs:
        given = {one.key: one.value for one in found}
        try:
            done, version = _one(bench, wanted, register)
        except EvalkitError as error:
            note(f"error: {error}")
            code = max(code, error.exit_code)
            rows.append(
                {"overrides": given, "error": {"what": error.what, "where": error.where, "remedy": error.remedy}}
            )
            continue
        code = max(code, EXIT_FAIL if _differs(done) else EXIT_PASS)
        rows.append({"overrides": given, **as_dict(done, version)})
        if not as_json:
            said(done, version, ", ".join(f"{key}={value}" for key, value in given.items()))
    if as_json:
        print_json({"runs": rows})
    return code


def _one(bench: Any, wanted: Any, register: str | None) -> tuple[Any, Any]:
    from evalkit.app.pipeline.train.train import train as train_

    done = train_(bench, wanted)
    if register is None:
        return done, None
    from evalkit.app.pipeline.registry.registering import register_training

    return done, register_training(bench, register, done.training).version


def _differs(done: Any) -> bool:
    return done.training.check is not None and done.training.check.outcome != "same"


def _sweeps(found: Any) -> list[str]:
    return [
        f"{one.key} is the text {one.value!r:.60}; add --multirun to train each of its values"
        for one in found
        if isinstance(one.value, str) and "," in one.value and " " not in one.value
    ]
