"""Which system a suite is asked of, and what it is compared with."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from evalkit.app.graders import against_baseline
from evalkit.app.refs import BASELINE
from evalkit.app.systems import Spec, Systems
from evalkit.core.errors import InputError
from evalkit.core.protocols import Store
from evalkit.engine.suite import LoadedSuite

RECORDED = "recorded"
"""The name under which a suite keeps the recorded answers of its candidate: for forks, which have no key."""

ARCHIVES = (".tar.gz", ".tgz", ".zip")


class Chosen(NamedTuple):
    """A system, and what is to be said of the choice."""

    system: Any
    notes: tuple[str, ...] = ()


def candidate_of(loaded: LoadedSuite, given: Sequence[str], replay: bool) -> Chosen:
    """The candidate: as given, else the suite's own, else its recorded answers where the key of that is absent.

    Raises:
        InputError: the suite names none; or a key is absent, and so is a recording.
    """
    suite = loaded.suite
    chosen: Any = list(given) or _own(loaded)
    missing = None if replay else _missing_key(loaded, chosen)
    if missing is None:
        return Chosen(chosen)
    if RECORDED in suite.predictors and not given:
        return Chosen(RECORDED, (f"{missing} is not set: the recorded answers ({RECORDED}) were judged",))
    remedy = f"Set it, give the suite `predictors: {{{RECORDED}: recorded:answers.jsonl}}` for forks, or use --replay."
    raise InputError(
        f"the candidate needs a key, and the environment variable {missing} is not set", suite.name, remedy
    )


def _own(loaded: LoadedSuite) -> str:
    named = loaded.suite.predictors
    for name in ("candidate", RECORDED):
        if name in named:
            return name
    remedy = "Write `predictors: {candidate: SPEC}` into the suite, or give --candidate SPEC."
    raise InputError("the suite names no candidate", loaded.where("predictors"), remedy)


def _missing_key(loaded: LoadedSuite, chosen: Any) -> str | None:
    """The environment variable of a key that a system of `chosen` needs and that is not set."""
    from evalkit.providers.chat import OPENAI_URL

    for spec in _specs(loaded, chosen):
        if spec.scheme == "openai":
            base = spec.options.get("base_url") or os.environ.get("OPENAI_BASE_URL") or OPENAI_URL
            key = str(spec.options.get("api_key_env", "OPENAI_API_KEY"))
            if not os.environ.get(key) and ("api_key_env" in spec.options or str(base).rstrip("/") == OPENAI_URL):
                return key
    return None


def _specs(loaded: LoadedSuite, chosen: Any) -> list[Spec]:
    known = Systems(loaded.suite, loaded.base, None, None)  # type: ignore[arg-type]  # to read specs, no case is needed
    return [spec for one in (chosen if isinstance(chosen, list) else [chosen]) for spec in known.expand(one, None)]


def baseline_of(
    loaded: LoadedSuite, given: Sequence[str], store: Store, recording: str | None, *, new: bool = False
) -> Chosen:
    """What the candidate is compared with: the first of `given` that can be had, else the suite's own `baseline`.

    Args:
        loaded: the suite.
        given: specs, `run:ID`, `baseline:NAME`, or files that `baseline export` or `runs export` wrote; in
            order of preference. A baseline that has no run of this suite is passed over, a broken one is not.
        store: the workspace.
        recording: the baseline that the result is to be recorded as; it may not be there yet.
        new: the suite is new on this branch, so the base has no run of it.

    Raises:
        InputError: none can be had and a gate needs one; or one is broken.
    """
    wanted = list(given) or ([f"{BASELINE}{recording}"] if recording else [])
    missed: list[InputError] = []
    for one in wanted:
        try:
            return _had(loaded, one, store)
        except Absent as error:
            missed.append(error)
    if "baseline" in loaded.suite.predictors and not given:
        return Chosen("baseline")
    versus = [gate.label for gate in loaded.suite.gates if gate.versus]
    if not versus or recording is not None or new:
        return Chosen(None, _without(versus, new and recording is None))
    if missed:
        raise missed[0]
    remedy = (
        "Give --baseline baseline:NAME, run:ID, SPEC or FILE; the first run on the main branch: --set-baseline NAME."
    )
    raise InputError(f"the gate {versus[0]!r} compares with a baseline and none was given", loaded.suite.name, remedy)


class Absent(InputError):
    """A baseline that is not there (as opposed to one that is broken)."""


def _had(loaded: LoadedSuite, given: str, store: Store) -> Chosen:
    name = loaded.suite.name
    if given.endswith(ARCHIVES):
        return Chosen(f"run:{_unpacked(Path(given), name, store)}")
    if given.startswith(BASELINE):
        label = given.removeprefix(BASELINE).partition("@")[0]
        stands = {(e.name, e.suite): e.run_id for e in store.baseline_events()}
        known = [one for one, _ in stands if label == one or label.startswith(f"{one}/")]  # behind it: a variant
        label = max(known, key=len, default=label)
        held = {suite: run for (one, suite), run in stands.items() if one == label and run is not None}
        if "@" not in given and name not in held:
            there = f"it holds {', '.join(sorted(held))}" if held else "nothing was recorded under this name"
            remedy = f"Record it on the main branch: evalkit ci --set-baseline {label}"
            raise Absent(f"the baseline {label!r} has no run of suite {name!r}: {there}", "--baseline", remedy)
    return Chosen(given)


def _unpacked(file: Path, suite: str, store: Any) -> str:
    """The run of this suite in an exported baseline, or the exported run; no name of the workspace moves to it."""
    from evalkit.stores.baseline_bundle import is_baseline, unpack

    if not file.is_file():
        raise Absent("there is no such file", f"--baseline {file}", "Export it: evalkit baseline export NAME FILE")
    if not is_baseline(file):
        run_id: str = store.import_run(file)
        return run_id
    packed = unpack(store, file)
    if suite not in packed.runs:
        held = ", ".join(sorted(packed.runs))
        remedy = f"Record it on the main branch: evalkit ci --set-baseline {packed.name}"
        raise Absent(f"it holds no run of suite {suite!r}, only of {held}", f"--baseline {file}", remedy)
    return packed.runs[suite]


def _without(versus: list[str], new: bool) -> tuple[str, ...]:
    if not versus:
        return ()
    n, why = len(versus), "the suite is new, so there is no baseline" if new else "there is no baseline yet"
    gates = "the gate that compares with one was" if n == 1 else f"the {n} gates that compare with one were"
    return (f"{why}, and {gates} not judged: {', '.join(versus[:3])}",)


def without_versus(loaded: LoadedSuite) -> LoadedSuite:
    """The suite without the gates and metrics that need a baseline, for the first run."""
    pairs = {spec.id for spec in loaded.suite.metrics if against_baseline(spec, loaded.base)}
    kept = [i for i, gate in enumerate(loaded.suite.gates) if not gate.versus and gate.metric not in pairs]
    raw: Mapping[str, Any] = loaded.source
    own: dict[str, Any] = {"gates": [loaded.suite.gates[i] for i in kept]}
    source = {**raw, "gates": [raw["gates"][i] for i in kept]} if "gates" in raw else dict(raw)
    if pairs and len(pairs) < len(loaded.suite.metrics):
        layers = loaded.suite.layers
        places = {name: [i for i, spec in enumerate(specs) if spec.id not in pairs] for name, specs in layers.items()}
        own["layers"] = {name: [layers[name][i] for i in at] for name, at in places.items() if at}
        source["layers"] = {name: [raw["layers"][name][i] for i in at] for name, at in places.items() if at}
    return loaded._replace(suite=loaded.suite.model_copy(update=own), source=source)


__all__ = ["Absent", "Chosen", "baseline_of", "candidate_of", "without_versus"]
