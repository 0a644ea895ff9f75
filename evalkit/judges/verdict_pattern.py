"""A declared regular expression that finds the verdict in prose. All of its matches must say the same."""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from evalkit.core.errors import InputError
from evalkit.judges.verdict import LABEL, Verdict
from evalkit.judges.verdict_label import Menu
from evalkit.judges.verdict_regex import Bounds, bounds_of

MAX_PATTERN, MAX_MATCHES = 1_000, 1_000


@dataclass(frozen=True)
class Pattern:
    r"""A regular expression, and which label each match names.

    A match names the label that its group captured (`Output \((a|b)\) is better` with the menu a, b). In this order:
    a named group that is called like a label (`(?P<yes>...)`, `(?P<l_1>...)`); what a group captured, by `captures`,
    on the menu, or as a part of one label that stands around it; with as many groups as labels, the label in the
    group's place. Without groups the whole match is what was captured.

    Attributes:
        regex: compiled.
        labels: the menu.
        captures: captured text -> label.
        bounds: of the texts that it is tried on.
    """

    regex: re.Pattern[str]
    labels: tuple[str, ...]
    menu: Menu
    captures: Mapping[str, str]
    named: Mapping[int, str]
    bounds: Bounds

    @classmethod
    def compile(cls, text: str, menu: tuple[str, ...], captures: Mapping[str, str] | None = None) -> Pattern:
        """Check and compile.

        Raises:
            InputError: it is no regular expression, or one whose time has no bound.
        """
        if len(text) > MAX_PATTERN:
            what = f"the pattern has {len(text):,} characters, more than {MAX_PATTERN:,}"
            raise InputError(what, remedy="Shorten it.")
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # of set notation that later Pythons may read otherwise
                regex = re.compile(text)
                bounds = bounds_of(text)
        except (re.error, RecursionError, OverflowError) as error:
            what = f"the pattern {text[:60]!r} is no regular expression: {error}"
            raise InputError(what, remedy="Correct it; a backslash is written once in YAML, twice in JSON.") from None
        folded = {key.strip().casefold(): label for key, label in (captures or {}).items()}
        return cls(regex, menu, Menu.of(menu), folded, _named(regex, menu), bounds)

    def read(self, text: str | None, texts: Sequence[str] = ()) -> Verdict:
        """The verdict that the text states, or why there is none: no_verdict, off_menu, several_verdicts, injected.

        Args:
            text: what the judge wrote.
            texts: of the case: a sentence that stands there is not the judge's own.
        """
        if text is None or not text.strip():
            return Verdict(None, "empty", detail="the reply has no text")
        if len(text) > self.bounds.length:
            return Verdict(None, "no_verdict", detail=f"the reply has more than {self.bounds.length:,} characters")
        if self.bounds.run is not None and re.search(rf"[\W_]{{{self.bounds.run + 1}}}", text) is not None:
            return Verdict(
                None, "no_verdict", detail=f"the reply has more than {self.bounds.run} spaces or signs in a row"
            )
        labels, copied = set(), True
        theirs = [other.casefold() for other in texts]
        for i, match in enumerate(self.regex.finditer(text)):
            if i >= MAX_MATCHES:
                return Verdict(None, "several_verdicts", detail="the pattern matches too often")
            label = self._label(match)
            if label is None:
                return Verdict(None, "off_menu", detail=f"{match.group()[:80]!r} names no label of the menu")
            labels.add(label)
            copied = copied and any(match.group().casefold() in other for other in theirs)
        if len(labels) != 1:
            why = "several_verdicts" if labels else "no_verdict"
            return Verdict(None, why, detail=f"the pattern finds {len(labels) or 'no'} verdicts")
        if copied:
            return Verdict(None, "injected", detail="the only verdict stands in the case's own text")
        return Verdict({LABEL: labels.pop()}, None, text)

    def _label(self, match: re.Match[str]) -> str | None:
        """The one label of a match; None where there is none, or where two groups name different ones."""
        groups = [g for g in range(1, self.regex.groups + 1) if match.group(g) is not None]
        groups = [g for g in groups if g in self.named] or groups or ([] if self.regex.groups else [0])
        if any(_fragment(match, g) for g in groups):
            return None
        found = {label for g in groups for label in self._candidates(match, g)}
        if not found and len(groups) == 1 and self.regex.groups == len(self.labels):
            return self.labels[groups[0] - 1]
        return found.pop() if len(found) == 1 else None

    def _candidates(self, match: re.Match[str], group: int) -> Iterator[str]:
        """The labels that a group could mean: more than one where a longer label stands around what was captured."""
        said = match.group(group)
        if group in self.named:
            yield self.named[group]
            return
        mapped = self.captures.get(said.strip().casefold())
        if mapped is not None:
            yield mapped
            return
        exact = self.menu.find(said)
        if exact is not None:
            yield exact
        if said.strip():
            yield from (label for label in self.labels if _around(match, group, label))


def _named(regex: re.Pattern[str], menu: tuple[str, ...]) -> dict[int, str]:
    """Groups that are called like a label: `yes`, or `l_1` where a label starts with no letter."""
    names: dict[str, str] = {}
    for label in menu:
        plain = re.sub(r"\W", "_", label.strip()).casefold()
        names |= {plain: label, f"l_{plain}": label}
    return {i: names[name.casefold()] for name, i in regex.groupindex.items() if name.casefold() in names}


def _fragment(match: re.Match[str], group: int) -> bool:
    """Whether what was captured goes on outside: `correct` of `incorrect`, `1` of `10` or of `1.5`."""
    text, (start, end) = match.string, match.span(group)
    if start == end:
        return False
    before, after = text[start - 1 : start], text[end : end + 1]
    return (
        _same_kind(before, text[start])
        or _same_kind(text[end - 1], after)
        or (text[end - 1].isdigit() and re.match(r"[.,]\d", text[end : end + 2]) is not None)
        or (text[start].isdigit() and re.fullmatch(r"\d[.,]", text[max(start - 2, 0) : start]) is not None)
    )


def _same_kind(one: str, other: str) -> bool:
    return (one.isalpha() and other.isalpha()) or (one.isdigit() and other.isdigit())


def _around(match: re.Match[str], group: int, label: str) -> bool:
    """Whether the label stands in the text around what was captured, and is longer than it."""
    start, end = match.span(group)
    if len(label) <= end - start:
        return False
    reach = len(label)
    first = max(end - reach, 0)
    window = match.string[first : start + reach].casefold()
    wanted = label.casefold()
    at = window.find(wanted)
    while at != -1:
        if first + at <= start and end <= first + at + reach:
            return True
        at = window.find(wanted, at + 1)
    return False
