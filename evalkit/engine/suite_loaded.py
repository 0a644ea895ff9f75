"""A suite together with where it came from, so that a later error can still name file and line."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from evalkit.core.nouns import Suite
from evalkit.core.protocols import Judge
from evalkit.core.yaml_build import KeyPath
from evalkit.engine.suite_check import Source


class LoadedSuite(NamedTuple):
    """A suite, and where it came from.

    Attributes:
        suite: the noun.
        base: folder that the suite's relative paths are resolved against.
        source: the file as read, as plain JSON values.
        lines: path of keys and positions -> line, empty for a mapping.
        file: the suite file's name for messages, or None for a mapping.
        judges: judges that were given as objects, from Python, by name.
    """

    suite: Suite
    base: Path
    source: dict[str, Any]
    lines: Mapping[KeyPath, int]
    file: str | None = None
    judges: Mapping[str, Judge] = {}

    def where(self, *path: str | int) -> str:
        """Where an error is: `suite.yaml:14`, or `suite: gates[1].margin` for a mapping."""
        return Source(self.file, self.lines).where(path)

    def where_metric(self, metric_id: str, *inner: str | int) -> str:
        """Where a metric is written, or one of its parameters."""
        return self.where(*self.metric_path(metric_id), *inner)

    def metric_path(self, metric_id: str) -> KeyPath:
        """The path of a metric's parameters: ("layers", "task", 1, "numeric")."""
        for layer, specs in self.suite.layers.items():
            for i, spec in enumerate(specs):
                if spec.id == metric_id:
                    return ("layers", layer, i, spec.name)
        return ("layers",)

    def resolve(self, relative: str) -> Path:
        """A path of the suite file, resolved against the suite's folder."""
        return self.base / relative
