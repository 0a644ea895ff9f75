"""What can be said of a suite's judges before a run: keys that are missing, gates that they may not decide."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime

from evalkit.app.certifying import certified
from evalkit.app.graders import graders
from evalkit.app.labelled import labels_of
from evalkit.core.nouns import MetricSpec
from evalkit.core.protocols import CallError, Judge, Metric, Store
from evalkit.engine.judge import with_judges
from evalkit.engine.state import BoundMetric
from evalkit.engine.suite import LoadedSuite
from evalkit.engine.vouching import unvouched
from evalkit.providers.chat import OPENAI_URL
from evalkit.providers.keys import read_key


def judge_remarks(
    loaded: LoadedSuite,
    made: Mapping[str, tuple[MetricSpec, Metric]],
    bound: Mapping[str, BoundMetric],
    store: Store,
) -> list[str]:
    """Sentences, none where the judges can be asked and decide.

    Raises:
        InputError: a judge, a rubric or a file of labels that cannot be used.
    """
    labels_of(made, loaded.base)
    judges = graders(loaded.suite, loaded.base, loaded.judges)
    whole = with_judges(bound, judges)
    now = datetime.now(UTC).isoformat(timespec="seconds")
    held = certified(loaded, judges, store, now)
    said = [sentence for judge in judges.values() for sentence in _keys(judge)]
    return [*dict.fromkeys(said), *unvouched((held.certificates, held.certifying, now), loaded.suite.gates, whole)]


def _keys(judge: Judge) -> Iterator[str]:
    """Keys that a judge, or a member of it, needs and does not find."""
    members = getattr(judge, "members", None) or {}
    for one in members.values() if isinstance(members, Mapping) else ():
        yield from _keys(one)
    provider = getattr(judge, "provider", None)
    variable = getattr(provider, "api_key_env", None)
    if isinstance(variable, str):
        try:
            needed = getattr(provider, "base_url", None) == OPENAI_URL
            read_key(f"openai:{getattr(provider, 'model', '')}", variable, needed=needed)
        except CallError as error:
            yield error.message
