"""`fields`: an answer object against a gold object, field by field, each by a rule of its own."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from typing import Any, ClassVar, Final, Literal

import numpy as np
import pyarrow as pa

from evalkit.core.errors import InputError
from evalkit.core.protocols import Batch, Example, Scores
from evalkit.core.tables import MISSING, Column
from evalkit.metrics.base import PerCase, absent_rule, broken_gold, over_one, require_gold, wrong_parameter
from evalkit.metrics.fields.answers import Answered, json_of
from evalkit.metrics.fields.compare import MAX_DEPTH, Comparison
from evalkit.metrics.fields.paths import Place, Places
from evalkit.metrics.fields.pointer import joined, nearest, paths_of
from evalkit.metrics.fields.rows import NO_FIELD, Row, reaches, told, unscored, view_parts
from evalkit.metrics.fields.rules import Rule, parse_rules
from evalkit.metrics.fields.size import too_deep
from evalkit.metrics.fields.tally import Tally
from evalkit.metrics.fields.views import ALL, LEAVES, CaseShare, Share

__all__ = ["Fields"]


@dataclass(frozen=True)
class Fields(PerCase):
    """How much of an object is right: the weighted share of gold's fields that the answer has, each by its own rule.

    Gold is an object (or a list); the answer is one too, or a text that holds one. A field is a value that is neither
    object nor list, wherever it stands, an empty object or list, or whatever a rule names. A list with a rule of its
    own is one field, which counts 2 right / (gold + answer) over what stands in it. A key that is not there, null and
    "" are three different things.

    Without a rule numbers are equal as numbers (1 is 1.0, and 0.1 + 0.2 is 0.3), texts are equal after normalisation,
    true, false and null are equal or not, and none of them is ever another's equal: "5" is not 5.

    Views: `all` (cases with every field right), `leaf_precision`, `leaf_recall`, `leaf_f1` (over all leaves of all
    cases: what is made up, what is missed), and one for each path of `rules` (share of its fields that are right).

    Attributes:
        rules: path -> rule. A path is a JSON Pointer (RFC 6901: `/` within a key is ~1, `~` is ~0) in which `*` is one
            level (any key, any element) and `**` any number of levels; of several that fit the most specific holds. A
            rule at `.../**` is for the values below, not for the objects and lists that they stand in.
            Rules: `exact`; `text` ({text: {normalize: [steps]}}); `numeric` ({numeric: {abs: 0.01}} as in the metric
            `numeric`, or {numeric: NAME} of a profile); `date` ({date: {day_first: true, days: 0}}); {enum: [values]};
            `present` (anything but nothing); `ignore`; `set` ({set: {key: NAME or [NAMES], fields: {path: rule}}}:
            elements go together by key, else by the best assignment) and `list` (in order). {RULE: ..., weight: 2}
            makes a field count twice.
        extra: what the answer has and gold has not: penalise (each counts as one more field, that is wrong), ignore,
            or fail (the whole answer is wrong).
        lists: lists without a rule: align (lists of objects by the best assignment, all others in order), order or set.
        strict: a text has to be JSON as a whole.
        align_limit: comparisons of fields that the best assignment may cost in one answer. Beyond it equal elements go
            together first, and what is then left in order (a note says so): the cost stays linear.
    """

    rules: Mapping[str, Any] = field(default_factory=dict)
    extra: Literal["penalise", "ignore", "fail"] = "penalise"
    lists: Literal["align", "order", "set"] = "align"
    strict: bool = False
    align_limit: int = 10_000
    _single: tuple[str, ...] = ()  # paths at which every gold has one field: shares of cases, once bound

    name: ClassVar[str] = "fields"

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.extra not in _EXTRA:
            raise wrong_parameter(self.name, "extra", self.extra, f"one of {', '.join(_EXTRA)}")
        if self.lists not in _LISTS:
            raise wrong_parameter(self.name, "lists", self.lists, f"one of {', '.join(_LISTS)}")
        if not isinstance(self.strict, bool):
            raise wrong_parameter(self.name, "strict", self.strict, "true or false")
        limit = self.align_limit
        if isinstance(limit, bool) or not isinstance(limit, int) or not 0 <= limit <= _MOST:
            raise wrong_parameter(self.name, "align_limit", limit, f"a whole number from 0 to {_MOST:,}")
        _places(self._text)

    @cached_property
    def _text(self) -> str:
        parse_rules(self.rules, self.name)
        return json.dumps(self.rules, default=str, sort_keys=True)

    @property
    def _place(self) -> Place[Rule]:
        return _places(self._text).root

    @cached_property
    def _names(self) -> list[str]:
        """The patterns that have a view."""
        found = parse_rules(self.rules, self.name)
        return sorted(name for name, rule in found.values() if name and rule.kind != "ignore")

    @cached_property
    def views(self) -> Mapping[str, Share]:
        """`all`, the leaves, and each path with a rule."""
        paths = {name: (CaseShare if name in self._single else Share)(self, name) for name in self._names}
        return {ALL: CaseShare(self, ALL), **{name: Share(self, name) for name in LEAVES}, **paths}

    def bind(self, gold: Column, ids: pa.Array) -> Fields:
        """Every gold is an object or a list, and every path of the rules is in some gold.

        Raises:
            InputError: names the first case, or the path, for which that does not hold.
        """
        values = require_gold(self.name, gold, ids, self.field)
        for row, value in enumerate(values):
            if type(value) not in _NESTED:
                raise broken_gold(self.name, str(ids[row]), self.field, value, "an object (or a list)")
            if too_deep(value, MAX_DEPTH):
                wanted = f"at most {MAX_DEPTH} lists and objects inside each other"
                raise broken_gold(self.name, str(ids[row]), self.field, "...", wanted)
        self._check_paths(values)
        fields = [self._comparison().lost(value, self._place).by_pattern for value in values]
        single = tuple(name for name in self._names if all(found.get(name, (0, 0))[1] == 1 for found in fields))
        return dataclasses.replace(self, _single=single)

    def _check_paths(self, values: list[Any]) -> None:
        """Raises InputError for a rule that holds nowhere: it is misspelt."""
        rules = parse_rules(self.rules, self.name)
        wanted = {keys for keys, (_, rule) in rules.items() if rule.kind not in ("ignore", "present")}
        for value in values:
            wanted = {keys for keys in wanted if not reaches(value, keys)}
            if not wanted:
                return
        if values:
            path = min(joined(keys) for keys in wanted)
            real = nearest(path, sorted({found for value in values[:200] for found in paths_of(value)}))
            hint = f"Did you mean {real}? " if real else ""
            what = f"no gold has anything at {path}, which `rules` names"
            raise InputError(what, f"metric {self.name}", f"{hint}`ignore` and `present` may name what gold has not.")

    # ------------------------------------------------------------------------------------------------------ scoring

    def score(self, batch: Batch) -> Scores:
        """The weighted share, with rule right, wrong, missing, extra, or why there is no object."""
        rows = [
            self._row(gold, output, bool(gone))
            for gold, output, gone in zip(
                batch.gold.values(self.field), batch.output.values(self.field), batch.failed, strict=True
            )
        ]
        values = np.array([row.value for row in rows], float).reshape(-1)
        why = [row.why for row in rows]
        detail: dict[str, Any] = {
            "rule": [row.rule for row in rows],
            "margin": np.array([np.nan if row.margin is None else row.margin for row in rows], float),
            "fields": [row.fields for row in rows],
            "counts": [row.counts for row in rows],
        }
        if any(row.notes for row in rows):
            detail["notes"] = [row.notes for row in rows]
        built = Scores.build(over_one(values), why, detail)
        scored = (built.why < 0)[:, None]
        views = {
            name: np.where(scored, np.array([view_parts(row, name) for row in rows], float).reshape(-1, 2), 0.0)
            for name in self.views
        }
        for name in self._single:  # bound to golds that all have it: a failed case counts there, whatever its gold
            views[name][scored[:, 0] & np.asarray(batch.failed, bool)] = (0.0, 1.0)
        return Scores(built.parts, built.why, built.reasons, detail, views)

    def _row(self, gold: Any, output: Any, gone: bool) -> Row:
        if type(gold) not in _NESTED:
            return unscored("no gold to compare with" if gold is MISSING else "gold is neither an object nor a list")
        if too_deep(gold, MAX_DEPTH):
            return unscored(f"gold is nested more than {MAX_DEPTH} deep")
        if output is MISSING:
            return self._nothing(gold, Answered(None, absent_rule(gone)))
        answer = json_of(output, type(gold), strict=self.strict)
        if answer.rule:
            return self._nothing(gold, answer)
        return self._found(self._comparison().run(gold, answer.value, self._place))

    def _comparison(self) -> Comparison:
        return Comparison(self.lists, self.extra == "ignore", self.align_limit)

    def _nothing(self, gold: Any, answer: Answered) -> Row:
        """A row without an object to compare: gold's fields are all wrong."""
        tally = self._comparison().lost(gold, self._place)
        if not tally.gold:
            return unscored(NO_FIELD)
        notes = [answer.why] if answer.why else None
        return Row(0.0, None, answer.rule, None, None, tally.counts, notes, tally)

    def _found(self, tally: Tally) -> Row:
        if tally.unusable:
            return unscored(tally.unusable)
        if not tally.gold:
            return unscored(NO_FIELD)
        value = tally.right / (tally.gold + tally.extra)
        if self.extra == "fail" and tally.extras:
            value = 0.0
        states = [state for state in ("wrong", "missing", "extra") if tally.counts.get(state)]
        if self.extra == "ignore":
            states = [state for state in states if state != "extra"]
        shown = [told(leaf) for leaf in tally.leaves]
        rule = states[0] if states else "right"
        return Row(min(value, 1.0), None, rule, tally.margin, shown, tally.counts, tally.notes or None, tally)

    def sizes(self, batch: Batch) -> dict[str, np.ndarray]:
        """view -> (n,) what gold has for it to find: leaves, fields of a path, or 1 for a case."""
        found: dict[str, np.ndarray] = {name: np.zeros(len(batch)) for name in self.views}
        found[ALL] += 1
        for row, gold in enumerate(batch.gold.values(self.field)):
            if type(gold) in _NESTED and not too_deep(gold, MAX_DEPTH):
                tally = self._comparison().lost(gold, self._place)
                for name in LEAVES:
                    found[name][row] = tally.gold_leaves
                found["leaf_f1"][row] /= 2
                for name in tally.by_pattern.keys() & found.keys():
                    found[name][row] = tally.by_pattern[name][1]
        return found

    @staticmethod
    def examples() -> list[Example]:
        """An extracted filing, and a list of items."""
        filing = {"company": "Acme Corp.", "revenue": 1577.0, "period": "2020-12-31", "restated": False, "notes": "x"}
        near = {**filing, "company": "ACME Corp.", "revenue": "$1,577", "period": "December 31, 2020", "notes": ""}
        items = {"items": [{"sku": "A-1", "price": 9.5}, {"sku": "A-2", "price": 12}]}
        turned = {"items": [{"price": 12.0, "sku": "a-2"}, {"price": 9.5, "sku": "A-1"}]}
        return [
            Example(
                {"rules": {"/revenue": "numeric", "/period": "date", "/notes": "ignore"}},
                [(filing, near), (filing, filing)],
                ["I cannot tell.", {"company": "Other", "revenue": -1577, "period": "2019-12-31"}, None, []],
            ),
            Example(
                {"rules": {"/items": {"set": {"key": "sku", "fields": {"/price": {"numeric": {"abs": 0.01}}}}}}},
                [(items, turned), (items, json.dumps(items))],
                [{"items": [{"sku": "A-1", "price": 12}]}, {"items": []}, {}],
            ),
        ]


_EXTRA: Final = ("penalise", "ignore", "fail")
_LISTS: Final = ("align", "order", "set")
_MOST: Final = 10_000_000
_NESTED: Final = frozenset({list, dict})


@lru_cache(maxsize=64)
def _places(rules: str) -> Places[Rule]:
    """The rules, given as JSON text (hence once for equal rules)."""
    return Places(parse_rules(json.loads(rules), "fields"))
