"""One home for "which stored run is meant": `run:ID`, `baseline:NAME`, each with `/VARIANT` behind it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from evalkit.core.errors import InputError
from evalkit.core.protocols import Store

BASELINE = "baseline:"


class RunRef(NamedTuple):
    """A stored run, and the variant of it that was named, if one was."""

    run_id: str
    variant: str | None = None


def is_run_ref(text: str) -> bool:
    """Whether a text says that it is a stored run: `run:...` or `baseline:...`."""
    return text.startswith(("run:", BASELINE))


def run_ref(store: Store, ref: str, suite: str | None = None) -> RunRef:
    """The run that a reference means.

    Args:
        store: where runs and baselines are.
        ref: `[run:]REF[/VARIANT]` (see `Store`), or `baseline:NAME[/VARIANT][@SUITE]`. Names may hold `/` themselves:
            the longest name that is known counts.
        suite: which run of a baseline is meant, where the reference does not say.

    Raises:
        InputError: unknown or ambiguous; or a baseline whose run is gone or broke.
    """
    text = ref.removeprefix("run:")
    if text.startswith(BASELINE):
        name, _, said = text.removeprefix(BASELINE).partition("@")
        known = {event.name for event in store.baseline_events()}
        head, variant = next((pair for pair in _splits(name) if pair[0] in known), (name, None))
        if head in known:
            return RunRef(store.baseline(head, said or _held(store, head, suite)), variant)
    first: InputError | None = None
    for head, variant in _splits(text):
        try:
            return RunRef(store.resolve(head), variant)
        except InputError as error:
            first = error if "/" not in head else first or error
    raise first or InputError("there is no such run", f"run {ref!r}")


def _splits(text: str) -> Iterator[tuple[str, str | None]]:
    """`a/b/c` as (a/b/c, None), (a/b, c), (a, b/c)."""
    yield text, None
    place = text.rfind("/")
    while place > 0:
        yield text[:place], text[place + 1 :]
        place = text.rfind("/", 0, place)


def _held(store: Store, name: str, suite: str | None) -> str | None:
    """The suite to look for: a baseline of one other suite is as good as a run of it that is named by its id."""
    if suite is None:
        return None
    stands: dict[str, bool] = {}
    for event in store.baseline_events(name):
        stands[event.suite] = event.run_id is not None
    held = [one for one, there in stands.items() if there]
    return None if suite not in held and len(held) == 1 else suite
