"""Names, tags and baselines of runs: pointers that move and labels that stay, all folded from events in order."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from evalkit.core.protocols import BaselineEvent, RunSummary


@dataclass
class Marks:
    """Names and tags as they stand.

    Attributes:
        history: name -> the runs that it has pointed to, oldest first.
        names: name -> the run that it points to now.
        tags: run id -> its tags, in alphabetical order.
        baselines: (name, suite) -> the run that the baseline stands on now, whether or not it is still there.
    """

    history: dict[str, list[str]] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)
    tags: dict[str, list[str]] = field(default_factory=dict)
    baselines: dict[tuple[str, str], str] = field(default_factory=dict)

    def point(self, name: str, run_id: str | None) -> None:
        """Take one name event; None frees the name."""
        if run_id is None:
            self.names.pop(name, None)
        else:
            self.names[name] = run_id
            self.history.setdefault(name, []).append(run_id)

    def mark(self, run_id: str, tag: str, present: bool) -> None:
        """Take one tag event."""
        others = [known for known in self.tags.get(run_id, []) if known != tag]
        self.tags[run_id] = sorted([*others, tag]) if present else others

    def move(self, event: BaselineEvent) -> None:
        """Take one baseline event."""
        if event.run_id is None:
            self.baselines.pop((event.name, event.suite), None)
        else:
            self.baselines[event.name, event.suite] = event.run_id

    def release(self, run_id: str) -> None:
        """Free every name and tag of a run that is removed."""
        self.names = {name: target for name, target in self.names.items() if target != run_id}
        self.tags.pop(run_id, None)

    def on(self, runs: Iterable[RunSummary]) -> list[RunSummary]:
        """The summaries with the names and tags that the runs bear."""
        borne: dict[str, list[str]] = {}
        for name, run_id in sorted(self.names.items()):
            borne.setdefault(run_id, []).append(name)
        standing: dict[str, list[str]] = {}
        for (name, _), run_id in sorted(self.baselines.items()):
            standing.setdefault(run_id, []).append(name)
        return [
            run._replace(
                names=tuple(borne.get(run.run_id, ())),
                tags=tuple(self.tags.get(run.run_id, ())),
                baselines=tuple(standing.get(run.run_id, ())),
            )
            for run in runs
        ]
