"""Which model stood behind a name of the traffic log, or behind an alias, at a time in the past."""

from __future__ import annotations

from evalkit.app.pipeline.registry.refs import CHAMPION, is_number, model_of, version_number
from evalkit.core.chain import Chains
from evalkit.core.errors import EvalkitError
from evalkit.core.versions import Event
from evalkit.pipeline.registry.registry import Registry
from evalkit.stores.times import seconds_of

__all__ = ["artifact_behind", "artifact_of"]

_GATEWAY = "gateway"


def artifact_behind(chains: Chains, name: str, until: float) -> str | None:
    """The artifact that answered under a name of the traffic log; None where that is not known, or was no model.

    Args:
        chains: of the workspace: the gateway writes down which system each name stands for.
        name: a variant.
        until: seconds since 1970; the last gateway before then that had this name is meant.
    """
    spec, at = name, until
    for event in chains.events(_GATEWAY):
        if seconds_of(event.at) <= until and name in event.data.get("systems", {}):
            spec, at = str(event.data["systems"][name]), seconds_of(event.at)
    return artifact_of(chains, spec, at)


def artifact_of(chains: Chains, spec: str, at: float) -> str | None:
    """The artifact of `[NAME=]model:REF[?...]` or NAME@VERSION, aliases as they stood then; None: not known, no model.

    Args:
        chains: of the workspace.
        spec: of a system.
        at: seconds since 1970.
    """
    head, mark, rest = spec.partition("model:")
    if mark and head and not head.endswith("="):
        return None
    name, _, which = (rest if mark else spec).partition("?")[0].partition("@")
    registry = Registry(chains)
    if not mark and not is_number(which):  # any name of a system
        return None
    try:
        if name in registry.names():
            state = registry.state(name, lambda event: _time(event) <= at)
            return str(state.version(version_number(state, which or CHAMPION)).version.artifact)
        return model_of(chains, name).artifact if mark and not which else None
    except EvalkitError:  # an alias that stood nowhere, a digest of nothing: not known
        return None


def _time(event: Event) -> float:
    return seconds_of(event.at)
