"""The pipeline file on disk."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from evalkit.core.errors import InputError
from evalkit.engine.yaml12 import read_yaml
from evalkit.pipeline.stages.load import pipeline_of
from evalkit.pipeline.stages.nouns import Pipeline

__all__ = ["DEFAULT", "Project", "read_project"]

DEFAULT = "pipeline.yaml"


class Project(NamedTuple):
    """A pipeline and the folder that its paths are relative to."""

    pipeline: Pipeline
    base: Path  # resolved


def read_project(file: Path) -> Project:
    """Read a pipeline file, or the `pipeline.yaml` of a folder.

    Raises:
        InputError: it is missing, no YAML, or does not fit together; each fault with its line.
    """
    path = file / DEFAULT if file.is_dir() else file
    if not path.exists() and path.name == DEFAULT:
        raise InputError("there is no pipeline file", str(path), "Name it with --file, or write one: name, stages")
    document = read_yaml(path, "pipeline")
    return Project(pipeline_of(document, str(path)), path.resolve().parent)
