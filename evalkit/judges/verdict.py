"""From what a judge wrote to its verdict, or to the reason why there is none. Never a guess.

In this order: a block tagged with the call's nonce; the whole text as one JSON object; exactly one verdict-shaped
object in the text. Two are none, even where they say the same: one of them may be a quotation. Only blocks with the
call's own nonce may repeat themselves.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, Protocol

from evalkit.judges.verdict_label import Menu
from evalkit.judges.verdict_objects import CONFLICT, inner_objects, nested, objects, whole

VERDICT_VERSION = 1
"""Of the protocol and this parser: part of a judge's spec, raised when an old text may be read otherwise."""
MAX_TEXT = 200_000
LABEL, SAME_AS_LABEL = "label", ("verdict", "winner", "rating", "score")
_KEY = re.compile(rf"""["'](?:{"|".join((LABEL, *SAME_AS_LABEL, "criteria"))})["']\s*:""", re.IGNORECASE)
_THOUGHT = re.compile(r"\s*<(think|thinking)>(.*?)</\1>", re.DOTALL | re.IGNORECASE)
_THINKS = re.compile(r"\s*<think(?:ing)?>", re.IGNORECASE)
_REFUSAL = re.compile(
    r"\s*(?:i['’]?m|i am)?\s*(?:very |so |really )?sorry\b"
    r"|\s*i(?:['’]?m| am) (?:unable|not able|not allowed) to\b"
    r"|\s*i (?:can['’]?t|cannot|won['’]?t|will not|must decline to)\s+"
    r"(?:help|assist|judge|evaluate|assess|comply|engage|rate|grade|answer|provide|fulfil|do this|do that|participate)"
    r"|\s*as an ai\b",
    re.IGNORECASE,
)


class Verdict(NamedTuple):
    """What was read.

    Attributes:
        labels: criterion -> label (`label` where there is one menu); None: no verdict, and `why` says why.
        why: off_menu, refused, truncated, no_verdict, several_verdicts, injected, empty; None with labels.
        rationale: the judge's reasons, where it gave some.
        detail: what was wrong, in words; empty with labels.
    """

    labels: Mapping[str, str] | None
    why: str | None = None
    rationale: str = ""
    detail: str = ""

    @property
    def label(self) -> str | None:
        """The label of the only menu."""
        return None if self.labels is None else self.labels.get(LABEL)


class Reading(Protocol):
    """How a verdict-shaped object is read."""

    def read(self, value: Mapping[str, Any]) -> Verdict | None:
        """The verdict in an object; None where it is not shaped like one."""
        ...


class LabelReading:
    """`{"rationale": ..., "label": ...}`. Without `label`, a key of SAME_AS_LABEL whose value is on the menu."""

    def __init__(self, labels: Sequence[str]) -> None:
        self.menu = Menu.of(labels)

    def read(self, value: Mapping[str, Any]) -> Verdict | None:
        """As `Reading`: an object without any of the keys is none; two keys that differ are several verdicts."""
        lowered = {key.strip().lower(): item for key, item in value.items()}
        if len(lowered) < len(value) and any(key in lowered for key in (LABEL, *SAME_AS_LABEL)):
            lowered |= _clashes(value)
        said = {key: lowered[key] for key in (LABEL, *SAME_AS_LABEL) if key in lowered}
        if any(item is CONFLICT for item in said.values()):
            return Verdict(None, "several_verdicts", detail="a key is written twice with different values")
        read = {key: self.menu.find(item) for key, item in said.items()}
        labels = {label for label in read.values() if label is not None}
        if LABEL in said and read[LABEL] is None:
            return Verdict(None, "off_menu", detail=f"the label is {said[LABEL]!r:.80}")
        if len(labels) > 1:
            return Verdict(None, "several_verdicts", detail="two keys name different labels")
        return Verdict({LABEL: labels.pop()}, None, rationale_of(lowered)) if labels else None


class CriteriaReading:
    """`{"rationale": ..., "criteria": {id: label, ...}}`, or the ids at the top."""

    def __init__(self, menus: Mapping[str, Sequence[str]]) -> None:
        self.menus = {name: Menu.of(menu) for name, menu in menus.items()}

    def read(self, value: Mapping[str, Any]) -> Verdict | None:
        """As `Reading`: every criterion needs a label of its menu."""
        given = value.get("criteria")
        if given is CONFLICT:
            return Verdict(None, "several_verdicts", detail="criteria is written twice with different values")
        if not isinstance(given, dict):
            if "criteria" not in value and not all(name in value for name in self.menus):
                return self._alone(value)
            given = value
        found = {}
        for name, menu in self.menus.items():
            said = given.get(name)
            if isinstance(said, dict):
                said = next((said[key] for key in (LABEL, *SAME_AS_LABEL) if key in said), None)
            if said is CONFLICT:
                return Verdict(None, "several_verdicts", detail=f"{name} is written twice with different values")
            label = menu.find(said)
            if label is None:
                told = f"{name} is {said!r:.80}" if name in given else f"{name} is missing"
                return Verdict(None, "off_menu", detail=told)
            found[name] = label
        return Verdict(found, None, rationale_of(value))

    def _alone(self, value: Mapping[str, Any]) -> Verdict | None:
        """Of the only criterion, a label like that of a single menu."""
        if len(self.menus) != 1:
            return None
        (name, menu), *_ = self.menus.items()
        read = LabelReading(tuple(menu.exact)).read(value)
        return read if read is None or read.labels is None else read._replace(labels={name: read.labels[LABEL]})


def _clashes(value: Mapping[str, Any]) -> dict[str, Any]:
    """Keys that differ only in case and hold different values."""
    found: dict[str, Any] = {}
    for key, item in value.items():
        lower = key.strip().lower()
        found[lower] = CONFLICT if lower in found and found[lower] != item else item
    return {key: item for key, item in found.items() if item is CONFLICT}


def rationale_of(value: Mapping[str, Any]) -> str:
    """The judge's reasons, where they are a text."""
    said = value.get("rationale", value.get("reasoning", value.get("explanation")))
    return said if isinstance(said, str) else ""


def read_verdict(
    text: str | None, reading: Reading, *, nonce: str = "", texts: Sequence[str] = (), finish: str | None = None
) -> Verdict:
    """The verdict of one reply.

    Args:
        text: what the model wrote.
        reading: the menu, or the criteria.
        nonce: of this call, where it was asked for a tagged block.
        texts: of the case: what stands there is not the judge's own verdict.
        finish: why the model stopped, as the endpoint says.
    """
    if finish == "length":
        return Verdict(None, "truncated", detail="the reply was cut off at the token limit")
    if text is None or not text.strip():
        return Verdict(None, "empty", detail="the reply has no text")
    if len(text) > MAX_TEXT:
        return Verdict(None, "no_verdict", detail=f"the reply has more than {MAX_TEXT:,} characters")
    if (thought := _THOUGHT.match(text)) is not None:
        text = text[thought.end() :]
    elif _THINKS.match(text):
        return Verdict(None, "truncated", detail="the reply ends inside its own thoughts")
    if nonce and (tagged := _tagged(text, reading, nonce)) is not None:
        return tagged
    value = whole(text)
    if value is not None:
        read = reading.read(value)
        return (
            _own(read, [(value, text)], texts)
            if read
            else Verdict(None, "no_verdict", detail="the object is no verdict")
        )
    return _in_prose(text, reading, texts)


def _tagged(text: str, reading: Reading, nonce: str) -> Verdict | None:
    """What stands in blocks with this nonce; None where there is no such block."""
    opening, closing = f"<verdict {nonce}>", f"</verdict {nonce}>"
    if opening not in text:
        return None
    found: list[Verdict] = []
    for part in text.split(opening)[1:]:
        inside, closed, _ = part.partition(closing)
        inside = re.sub(r"\A\s*```(?:json)?\s*|\s*```\s*\Z", "", inside)
        value = whole(inside)
        if value is None:
            alone = objects(inside)
            if len(alone) == 1 and alone[0].kind == "object" and (not closed or not inside[alone[0].end :].strip()):
                value = alone[0].value
        read = None if value is None else reading.read(value)
        if read is None:
            why = "no_verdict" if closed else "truncated"
            read = Verdict(None, why, detail="the tagged block holds no verdict")
        found.append(read)
    return _agreed(found)


def _in_prose(text: str, reading: Reading, texts: Sequence[str]) -> Verdict:
    found: list[Verdict] = []
    said: list[tuple[Any, str]] = []
    doubt, at = False, 0
    for one in objects(text):
        if one.kind == "unclosed" and (not found or _KEY.search(text, one.start) is not None):
            return Verdict(None, "truncated", detail="the last object has no end")
        if one.kind != "object":
            continue
        doubt, at = doubt or _KEY.search(text, at, one.start) is not None, one.end
        read = reading.read(one.value)
        if read is not None:
            found.append(read)
            said.append((one.value, text[one.start : one.end]))
        else:
            doubt = doubt or any(reading.read(inner) is not None for inner in nested(one.value))
    if doubt or _KEY.search(text, at) is not None:
        why = "several_verdicts" if found else "no_verdict"
        return Verdict(None, why, detail="a part that looks like a verdict cannot be read as one")
    if found:
        read = _own(_agreed(found), said, texts)
        if read.labels is not None and len(found) > 1:
            return Verdict(None, "several_verdicts", detail=f"{len(found)} objects that are verdicts, and one counts")
        return read
    if _REFUSAL.match(text[:200]):
        return Verdict(None, "refused", detail="the judge declined")
    return Verdict(None, "no_verdict", detail="the reply holds no verdict")


def _agreed(found: Sequence[Verdict]) -> Verdict:
    """The one verdict that all of these are."""
    first = found[0]
    if all((other.labels, other.why) == (first.labels, first.why) for other in found):
        return first
    return Verdict(None, "several_verdicts", detail=f"{len(found)} verdicts that differ")


def _own(read: Verdict, said: Sequence[tuple[Any, str]], texts: Sequence[str]) -> Verdict:
    """The verdict, unless every object that says it was copied from the case."""
    if read.labels is None:
        return read
    theirs = [text for text in texts if "{" in text]
    if theirs and all(_copied(value, raw, theirs) for value, raw in said):
        return Verdict(None, "injected", detail="the only verdict stands in the case's own text")
    return read


def _copied(value: Mapping[str, Any], raw: str, theirs: Sequence[str]) -> bool:
    """Whether an object stands in one of these texts: as it is written, or as another way to write the same."""
    squeezed = "".join(raw.split())
    return any(
        squeezed in "".join(text.split()) or (all(key in text for key in value) and value in inner_objects(text))
        for text in theirs
    )
