"""What changed between the judge that a certificate is for and the one that is asked now, as a sentence."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from evalkit.core.digest import digest_of
from evalkit.core.nouns import Certificate

__all__ = ["changed", "kinship", "stale"]

_WORDS = {
    "rubric": "the rubric",
    "model": "the model",
    "base_url": "the endpoint",
    "prompt": "the prompt that evalkit makes of it",
    "template": "the template",
    "system": "the system prompt",
    "schema": "the answer's schema",
    "parser": "evalkit's reading of verdicts",
    "protocol": "evalkit's reading of verdicts",
    "kind": "the kind of judge",
    "judge": "the kind of judge",
    "labels": "its script of labels",
}
_LONGEST = 60


def changed(before: Mapping[str, Any], now: Mapping[str, Any]) -> list[str]:
    """Each field of a judge's spec that is another one now, as words.

    Args:
        before: spec of the judge that was calibrated.
        now: spec of the judge that is asked.
    """
    found = list(_differences(before, now))
    if any(name == "rubric" for name, _, _ in found):  # which makes another prompt by itself
        found = [one for one in found if one[0] != "prompt"]
    return [_said(*one) for one in found]


def _differences(before: Mapping[str, Any], now: Mapping[str, Any]) -> Iterator[tuple[str, Any, Any]]:
    for key in dict.fromkeys([*before, *now]):
        old, new = before.get(key), now.get(key)
        if old == new:
            continue
        if isinstance(old, Mapping) and isinstance(new, Mapping) and key not in _WORDS:
            yield from ((f"{key}.{name}", was, is_) for name, was, is_ in _differences(old, new))
        else:
            yield key, old, new


def _said(name: str, old: Any, new: Any) -> str:
    last = name.rpartition(".")[2]
    what = _WORDS.get(last, last.replace("_", " "))
    if _is_long(old) or _is_long(new):
        return f"{what}{_called(old, new)} changed (digest {_digest(old)[:12]}, and now {_digest(new)[:12]})"
    return f"{what} was {_shown(old)}, and is {_shown(new)}"


def _called(old: Any, new: Any) -> str:
    """The name of what changed, where it has one that stayed."""
    names = [one.get("id") if isinstance(one, Mapping) else None for one in (old, new)]
    return f" {names[1]!r:.60}" if isinstance(names[1], str) and names[0] == names[1] else ""


def _digest(value: Any) -> str:
    own = value.get("digest") if isinstance(value, Mapping) else None
    return own if isinstance(own, str) else digest_of(value)


def _is_long(value: Any) -> bool:
    return isinstance(value, Mapping | list | tuple) or (isinstance(value, str) and len(value) > _LONGEST)


def _shown(value: Any) -> str:
    return "not given" if value is None else repr(value)


def kinship(certificate: Certificate, spec: Mapping[str, Any], rubric_id: str | None) -> int:
    """How much a certificate has to do with a judge that it is not for: 0 is nothing."""
    theirs = certificate.judge_spec
    same_model: bool = _who(theirs) is not None and _who(theirs) == _who(spec)
    same_rubric = certificate.rubric_id == rubric_id
    return 2 * (same_rubric and rubric_id is not None) + same_model


def _who(spec: Mapping[str, Any]) -> Any:
    """The model that is asked, else the kind and the name of a judge that has none."""
    inner = spec.get("provider")
    model = spec.get("model") or (inner.get("model") if isinstance(inner, Mapping) else None)
    return model or ([spec["judge"], spec.get("name")] if "judge" in spec else None)


def stale(certificate: Certificate, spec: Mapping[str, Any]) -> str:
    """That a certificate is of an earlier judge, and what changed since."""
    found = changed(certificate.judge_spec, spec)
    since = f"certificate {certificate.digest[:12]} of {certificate.created[:10]}"
    if not found:
        return f"The judge's certificate is stale: what pins its answers changed since ({since})."
    more = f", and {len(found) - 4} more" if len(found) > 4 else ""
    return f"The judge's certificate is stale: {'; '.join(found[:4])}{more} ({since})."
