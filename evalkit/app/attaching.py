"""Evidence goes to a run that judged the model it is about, and to no other."""

from __future__ import annotations

from evalkit.core.errors import InputError
from evalkit.core.evidence import Evidence, Registry
from evalkit.core.nouns import Record
from evalkit.core.protocols import Store
from evalkit.pipeline.registry.citing import artifact_of

__all__ = ["attach", "check"]


def attach(store: Store, run_id: str, made: Evidence, about: str | None = None) -> Evidence:
    """Keep evidence with a run; as it was kept.

    Args:
        store: where the run is.
        run_id: of the run.
        made: the evidence.
        about: artifact of the model that it is about, where it does not say so itself.

    Raises:
        InputError: there is no such run, or it judged another model than the evidence is about.
    """
    made = made if about is None else made.model_copy(update={"about": about})
    check(store.read_record(run_id), made)
    store.add_evidence(run_id, made)
    return made


def check(record: Record, made: Evidence) -> None:
    """Refuse what is about a model that the run did not judge. Where one of the two is not known, nothing is refused.

    Raises:
        InputError: as said.
    """
    about = made.artifact if isinstance(made, Registry) else made.about
    candidates = [(artifact_of(one), one.name) for one in record.variants if one.role == "candidate"]
    judged = {artifact: name for artifact, name in candidates if artifact is not None}
    if about is None or not judged or about in judged:
        return
    names = ", ".join(f"{name} (artifact {artifact[:12]})" for artifact, name in list(judged.items())[:3])
    raise InputError(
        f"this {made.kind} evidence is about another model (artifact {about[:12]}) than the run judged: {names}",
        f"run {record.run_id}",
        "Keep it with the run that judged that model: evalkit runs list",
    )
