"""Run a pipeline: each stage whose key is new, in order; each is written down for good before the next begins."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal

from pydantic import Field

from evalkit.app.pipeline.bench import Bench
from evalkit.app.pipeline.stages.before import check_before
from evalkit.app.pipeline.stages.file import Project
from evalkit.app.pipeline.stages.hold import held
from evalkit.app.pipeline.stages.keys import Keys
from evalkit.app.pipeline.stages.ledger import FOLDER, Ledger, Past
from evalkit.app.pipeline.stages.process import Call, Came, called
from evalkit.app.pipeline.stages.things import is_there, published
from evalkit.core.errors import (
    EXIT_BROKE,
    EXIT_FAIL,
    EXIT_INCONCLUSIVE,
    EXIT_INPUT,
    EXIT_PASS,
    EvalkitError,
    InputError,
    RunBroke,
)
from evalkit.core.nouns import Noun, Outcome
from evalkit.pipeline.stages.explain import Change
from evalkit.pipeline.stages.graph import after_needs, chosen, dataset_name, order
from evalkit.pipeline.stages.nouns import KeyParts, Made, Ran, Stage, Thing
from evalkit.stores.disk import StoreWarning
from evalkit.stores.times import iso

__all__ = ["Report", "StageReport", "Wanted", "call_of", "run"]

_WORST = (EXIT_BROKE, EXIT_INPUT, EXIT_FAIL, EXIT_INCONCLUSIVE, EXIT_PASS)
_VERDICTS = {"fail": EXIT_FAIL, "inconclusive": EXIT_INCONCLUSIVE}


class StageReport(Noun):
    """What became of one stage."""

    stage: str
    state: Literal["ran", "kept", "failed", "blocked"]  # kept: nothing changed; blocked: one before it did not pass
    key: str | None = None
    seconds: float = 0.0  # when it ran: then, or now
    outputs: dict[str, Thing] = Field(default_factory=dict)
    outcome: Outcome | None = None  # of the gate that it decided
    said: str = ""  # its verdict, or its error, as a sentence
    why: list[Change] | None = None  # what changed since it ran before; null: it never ran, or was kept
    exit_code: int = 0


class Report(Noun):
    """What became of a run of a pipeline."""

    pipeline: str
    exit_code: int
    stages: list[StageReport]


@dataclass(frozen=True)
class Wanted:
    """What is to be run.

    Attributes:
        only: these stages; the others are taken as they are.
        start: these stages, and what is made of them.
        fresh: run them though nothing changed.
        wait: seconds to wait for another run of the same pipeline.
        tell: is given a stage and a sentence, as it happens.
        done: is given each stage's report when it is known.
        begins: is given a stage that is about to run, and what changed since it ran before (None: it never did).
    """

    only: tuple[str, ...] = ()
    start: tuple[str, ...] = ()
    fresh: bool = False
    wait: float = 5.0
    tell: Callable[[str, str], None] = lambda stage, sentence: None
    done: Callable[[StageReport], None] = lambda report: None
    begins: Callable[[str, list[Change] | None], None] = lambda stage, why: None


def run(bench: Bench, project: Project, wanted: Wanted) -> Report:
    """Run what has to be run. A stage that fails stops what depends on it; the others go on.

    Raises:
        InputError: a stage's code or input is not there, which is seen before anything runs. RunBroke: another run of
            the same pipeline holds it. StoreError: the workspace cannot be read or written.
    """
    stages = chosen(project.pipeline, wanted.only, wanted.start)
    keys = Keys(bench, project)
    check_before(keys, stages)
    with held(bench, project.pipeline.name, wanted.wait) as lock:
        going = _Going(keys, Ledger(bench, project.pipeline.name), wanted, iso(bench.clock()), lock)
        reports = going.through(stages)
        _remember(going.ledger, keys)
    codes = {report.exit_code for report in reports}
    return Report(
        pipeline=project.pipeline.name, exit_code=next((c for c in _WORST if c in codes), EXIT_BROKE), stages=reports
    )


def _remember(ledger: Ledger, keys: Keys) -> None:
    """Write down what makes the next run quick; where that cannot be (a full disk), that is all."""
    try:
        ledger.remember()
        keys.digests.keep()
    except EvalkitError as error:
        warnings.warn(f"the next run is slower: {error}", StoreWarning, stacklevel=2)


def call_of(keys: Keys, stage: Stage, parts: KeyParts, now: str, lock: int | None = None, folder: str = "") -> Call:
    """How a stage is called."""
    pipeline, root = keys.project.pipeline.name, keys.bench.root
    return Call(
        stage=stage,
        target=keys.code(stage).target,
        parts=parts,
        names={n: dataset_name(pipeline, stage.name, n, o.name) for n, o in stage.outputs.items()},
        pipeline=pipeline,
        base=keys.project.base,
        workspace=root,
        folder=(root / FOLDER / "scratch" / pipeline / f"{stage.name}{folder}").resolve(),
        now=now,
        lock=lock,
    )


@dataclass
class _Going:
    """A run under way: what is known of each stage so far."""

    keys: Keys
    ledger: Ledger
    wanted: Wanted
    now: str
    lock: int
    made: dict[str, Made] = field(default_factory=dict)
    reports: dict[str, StageReport] = field(default_factory=dict)

    def through(self, stages: list[str]) -> list[StageReport]:
        pipeline = self.keys.project.pipeline
        for name in order(pipeline):
            if name in stages:
                self.reports[name] = report = self._stage(pipeline.stages[name])
                self.wanted.done(report)
            elif after_needs(pipeline.stages, name, stages):
                self._as_it_is(pipeline.stages[name])
        return list(self.reports.values())

    def _as_it_is(self, stage: Stage) -> None:
        """A stage that is not to be run gives what it gave last."""
        last = self.ledger.last(stage.name)
        if last is None or not is_there(self.keys.bench, last.ran.made):
            return
        self.made[stage.name] = last.ran.made
        fits = all(need in self.made for need in stage.needs)
        if not fits or self.keys.parts(stage, self.made).digest != last.ran.key:
            self.wanted.tell(stage.name, f"is not fresh; what it gave on {last.at[:16].replace('T', ' ')} is taken")

    def _stage(self, stage: Stage) -> StageReport:
        if (blocked := self._blocked(stage)) is not None:
            return blocked
        try:
            parts = self.keys.parts(stage, self.made)
        except EvalkitError as error:
            return StageReport(stage=stage.name, state="failed", said=str(error), exit_code=error.exit_code)
        key = parts.digest
        same = None if self.wanted.fresh else self.ledger.by_key(stage.name, key)
        if same is not None and is_there(self.keys.bench, same.ran.made):
            return self._kept(stage, same, "kept", None)
        last = self.ledger.last(stage.name)
        why = None if last is None else self.keys.why(stage, last, parts)
        self.wanted.begins(stage.name, why)
        start = self.keys.bench.clock()
        try:
            past = self._run(stage, parts, key)
        except EvalkitError as error:
            seconds = max(0.0, self.keys.bench.clock() - start)
            self._fail(stage, key, error, seconds)
            fields: dict[str, Any] = {"seconds": seconds, "said": str(error), "exit_code": error.exit_code, "why": why}
            outcome: Any = {v: k for k, v in _VERDICTS.items()}.get(error.exit_code)
            return StageReport(stage=stage.name, state="failed", key=key, outcome=outcome, **fields)
        return self._kept(stage, past, "ran", why)

    def _fail(self, stage: Stage, key: str, error: EvalkitError, seconds: float) -> None:
        """Write the failure down; where that cannot be (a full disk), the stage's own error is still what is told."""
        try:
            self.ledger.add_failed(stage.name, key, str(error), error.exit_code, seconds)
        except EvalkitError as other:
            self.wanted.tell(stage.name, f"its failure is not written down: {other}")

    def _kept(self, stage: Stage, past: Past, state: Literal["ran", "kept"], why: list[Change] | None) -> StageReport:
        """Its outputs are in the workspace; where a file cannot be put in its place, the stage fails all the same."""
        try:
            return self._ended(stage, past, state, why)
        except EvalkitError as error:
            self.made.pop(stage.name, None)
            fields: dict[str, Any] = {"said": str(error), "exit_code": error.exit_code, "seconds": past.ran.seconds}
            return StageReport(stage=stage.name, state="failed", key=past.ran.key, why=why, **fields)

    def _run(self, stage: Stage, parts: KeyParts, key: str) -> Past:
        store = self.keys.bench.store
        code = self.keys.code(stage)
        came = called(call_of(self.keys, stage, parts, self.now, self.lock), lambda s: self.wanted.tell(stage.name, s))
        self._unchanged(stage, parts)
        sources = store.put_blob(code.blob)
        store.put_blob(self.keys.environment.blob)
        ran = _ran(self.keys.project.pipeline.name, stage, parts, key, came, sources, self.now)
        return self.ledger.add(ran)

    def _unchanged(self, stage: Stage, parts: KeyParts) -> None:
        """A file that was changed while the stage read it is not what the key says.

        Raises:
            RunBroke: that happened; nothing is written down.
        """
        for name, thing in parts.inputs.items():
            if thing.kind == "path":
                try:
                    now = self.keys.digests.of(self.keys.project.base / thing.source, stage.name)
                except InputError:
                    now = ""
                if now != thing.digest:
                    what = f"the input {name} ({thing.source}) was changed while the stage ran"
                    raise RunBroke(what, remedy="Run it again when the file is at rest")

    def _ended(self, stage: Stage, past: Past, state: Literal["ran", "kept"], why: list[Change] | None) -> StageReport:
        made = past.ran.made
        self.made[stage.name] = made
        self._publish(stage, made)
        self._attach(made, state == "ran")
        return StageReport(
            stage=stage.name,
            state=state,
            key=past.ran.key,
            seconds=past.ran.seconds,
            outputs=made.outputs,
            outcome=made.outcome,
            said=made.said,
            why=why,
            exit_code=_VERDICTS.get(made.outcome or "", EXIT_PASS),
        )

    def _publish(self, stage: Stage, made: Made) -> None:
        for name, spec in stage.outputs.items():
            if spec.kind == "file" and spec.name:
                path = self.keys.project.base / spec.name
                if published(self.keys.bench, made.outputs[name], path):
                    self.wanted.tell(stage.name, f"wrote {spec.name}")

    def _attach(self, made: Made, new: bool) -> None:
        from evalkit.app.pipeline.stages.attach import attach

        for thing in made.outputs.values():
            if thing.kind == "run":
                attach(self.keys.bench, thing.name, self.now, new=new)

    def _blocked(self, stage: Stage) -> StageReport | None:
        """Why a stage cannot run for one before it; None: it can."""
        for need in stage.needs:
            before = self.reports.get(need)
            if need not in self.made:
                what = "has not run" if before is None else "did not run" if before.state == "blocked" else "failed"
            elif before is not None and before.outcome in _VERDICTS:
                what = f"gave the verdict {before.outcome}"
            else:
                continue
            code = EXIT_PASS if before is not None else EXIT_INPUT
            remedy = "" if before is not None else ". Run it first"
            said = f"{need}, which it needs, {what}{remedy}"
            return StageReport(stage=stage.name, state="blocked", said=said, exit_code=code)
        return None


def _ran(pipeline: str, stage: Stage, parts: KeyParts, key: str, came: Came, sources: str, now: str) -> Ran:
    blobs = [thing.digest for thing in came.made.outputs.values() if thing.kind in ("file", "value", "model")]
    return Ran(
        pipeline=pipeline,
        stage=stage.name,
        key=key,
        parts=parts,
        made=came.made,
        uses=stage.uses,
        sources=sources,
        seconds=came.seconds,
        now=now,
        keeps=[f"blob:{digest}" for digest in dict.fromkeys([*blobs, sources, parts.environment])],
    )
