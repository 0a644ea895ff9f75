"""What the lineage says of the stages of one pipeline, and how it is written down."""

from __future__ import annotations

import json
from typing import Any, Final, NamedTuple

from evalkit.app.baselines import who
from evalkit.app.pipeline.bench import Bench
from evalkit.core.chain import head_of
from evalkit.core.versions import Event
from evalkit.pipeline.stages.nouns import CHAIN, Ran
from evalkit.stores.disk import make_folder, told, write_file

__all__ = ["FOLDER", "Failed", "Ledger", "Past"]

FOLDER: Final = "pipelines"
"""Of the workspace: locks, scratch folders, what is remembered. All of it may be removed while nothing runs."""

_KEPT = 8  # newest events of each stage in the file beside


class Past(NamedTuple):
    """A stage that ran to its end, and when that was written down."""

    at: str  # ISO 8601, UTC
    ran: Ran


class Failed(NamedTuple):
    """A stage that ended with an error."""

    at: str
    key: str
    said: str


class Ledger:
    """The events of one pipeline; what is appended is seen.

    The newest ones stand in a file beside, with the place and head of the chain up to which they were read, so that a
    long lineage is not read each time. The file counts only while the chain has that head in that place. What is older
    is read when a key is asked for that the file does not have: then a stage is about to run.
    """

    def __init__(self, bench: Bench, pipeline: str) -> None:
        """Reads what is new in the chain, or all of it."""
        self._bench, self._pipeline = bench, pipeline
        self._file = bench.root / FOLDER / f"{pipeline}.seen.json"
        self._events: dict[str, list[Event]] = {}
        self._newest: Event | None = None
        self._whole, self._fresh = False, 0
        if not self._resume():
            self._read_whole()

    def last(self, stage: str) -> Past | None:
        """The newest time that a stage ran to its end."""
        found = next((_past(e) for e in reversed(self._of(stage)) if e.kind == "ran"), None)
        if found is None and not self._whole:
            self._read_whole()
            return self.last(stage)
        return found

    def by_key(self, stage: str, key: str) -> Past | None:
        """The newest time that a stage ran with this key."""
        found = next((e for e in reversed(self._of(stage)) if e.kind == "ran" and e.data.get("key") == key), None)
        if found is None and not self._whole:
            self._read_whole()
            return self.by_key(stage, key)
        return None if found is None else _past(found)

    def failed(self, stage: str) -> Failed | None:
        """How a stage failed, where that is the newest that is known of it."""
        events = self._of(stage)
        if not events or events[-1].kind != "failed":
            return None
        data = events[-1].data
        return Failed(events[-1].at, str(data.get("key")), str(data.get("said")))

    def remember(self) -> None:
        """Write the newest events down beside the chain, if there are new ones."""
        if self._fresh and self._newest is not None:
            kept = {
                stage: [e.model_dump(mode="json") for e in events[-_KEPT:]] for stage, events in self._events.items()
            }
            text = json.dumps({"seq": self._newest.seq, "head": self._newest.head, "events": kept})
            with told(self._file, "remember the lineage"):
                make_folder(self._file.parent)
                write_file(self._file, text.encode())
            self._fresh = 0

    def _resume(self) -> bool:
        """Take what the file says, and what the chain says since; False: the file does not count."""
        try:
            found = json.loads(self._file.read_text(encoding="utf-8"))
            seq, head = int(found["seq"]), str(found["head"])
            events = {stage: [Event(**one) for one in kept] for stage, kept in found["events"].items()}
        except (OSError, ValueError, TypeError, KeyError, AttributeError):
            return False
        since = self._bench.chains.events(CHAIN, after=seq - 1)
        same = all(head_of(e.model_dump(mode="json")) == e.head for kept in events.values() for e in kept)
        if not same or not since or (since[0].seq, since[0].head) != (seq, head):
            return False
        self._events, self._newest = events, since[0]
        for event in since[1:]:
            self._take(event)
        return True

    def _read_whole(self) -> None:
        self._events, self._whole = {}, True
        for event in self._bench.chains.events(CHAIN):
            self._take(event)

    def add(self, ran: Ran) -> Past:
        """Write down that a stage ran; durable when this returns."""
        event = self._bench.chains.append(CHAIN, "ran", ran.model_dump(mode="json"), who=who())
        self._take(event)
        return Past(event.at, ran)

    def add_failed(self, stage: str, key: str, said: str, code: int, seconds: float) -> None:
        """Write down that a stage failed."""
        data: dict[str, Any] = {"pipeline": self._pipeline, "stage": stage, "key": key, "said": said}
        data |= {"exit_code": code, "seconds": seconds}
        self._take(self._bench.chains.append(CHAIN, "failed", data, who=who()))

    def _of(self, stage: str) -> list[Event]:
        return self._events.get(stage, [])

    def _take(self, event: Event) -> None:
        self._newest, self._fresh = event, self._fresh + 1
        if event.data.get("pipeline") == self._pipeline:
            self._events.setdefault(str(event.data.get("stage")), []).append(event)


def _past(event: Event) -> Past:
    return Past(event.at, Ran(**event.data))
