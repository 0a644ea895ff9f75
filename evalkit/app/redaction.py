"""Redaction: what a report may not say is taken out of the dossier before any renderer sees it.

The promise: the text of a redacted value stands nowhere in what is written. So it goes out of its own column, out of
every other column of the same row, out of sentences, and with it goes what may repeat it in words of its own (traces,
prompts and rationales of judges, details of the matcher, messages of failures). Digests stay: they tell only those who
have the data. What cannot be hidden is said: scores stay, and a right answer that is shown is the gold.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from evalkit.app.redacting import releases
from evalkit.app.redacting.columns import MARKED, Taken, column_scrubbed, column_without, constant, translated
from evalkit.app.redacting.nouns import Words, marks
from evalkit.app.redacting.paths import MARK, Place, cut, leaves, mapped
from evalkit.app.redacting.texts import Texts, telling
from evalkit.app.redacting.wanted import Wanted, wanted
from evalkit.core.digest import canonical_json, digest_of
from evalkit.core.dossier import Dossier
from evalkit.core.tables import MISSING, CaseTable, Column

__all__ = ["redacted"]


def redacted(dossier: Dossier, names: Sequence[str]) -> Dossier:
    """The dossier without these fields; each redacted value reads `[redacted]`, an id a short digest of its case.

    Args:
        dossier: all that a report reads.
        names: `id`, `input`, `expected`, `output`, `trace`, `group`, `tags`, `failure`, `detail`, `rationale`; a tag
            (`tags.region`); a place in a column (`input.user.email`); or a key alone (`email`), wherever it stands.

    Raises:
        InputError: a field is not known; the remedy names those that are.
    """
    return _Redaction(dossier, wanted(dossier, names)).done() if names else dossier


@dataclass
class _Redaction:
    """One redaction: columns first, for they say what is to be found in the rest."""

    whole: Dossier
    wanted: Wanted

    def __post_init__(self) -> None:
        cases = self.whole.cases
        self.taken: Taken = [set() for _ in range(len(cases))]
        self.classes: set[str] = set()
        self.quoted: set[str] = set()
        self.ids = self._ids() if "id" in self.wanted.whole else {}

    def done(self) -> Dossier:
        """The dossier, redacted."""
        cases, answers = self._without()
        if copies := self._copies():
            said = (*self.wanted.said, *(f"tags.{name}" for name in sorted(copies)))
            self.wanted = replace(self.wanted, tags=self.wanted.tags | copies, said=said)
        words = self._words()
        cases, answers = self._scrubbed(cases, answers, words)
        d, scores = self.whole, self._scores(words)
        metric = words.text
        return replace(
            d,
            record=words.noun(d.record),
            cases=cases,
            predictions=answers,
            scores=scores,
            values={(metric(m), v): values for (m, v), values in d.values.items()},
            flips=[replace(f, metric=metric(f.metric)) for f in d.flips],
            unscored=[
                replace(u, metric=metric(u.metric), reason=words.text(u.reason), examples=[*map(self._id, u.examples)])
                for u in d.unscored
            ],
            rules=[replace(r, metric=metric(r.metric), rule=words.text(r.rule)) for r in d.rules],
            confusions=[
                replace(c, metric=metric(c.metric), classes=tuple(map(words.text, c.classes))) for c in d.confusions
            ],
            reliabilities=[replace(r, metric=metric(r.metric)) for r in d.reliabilities],
            verdicts=self._verdicts(words),
            comparison=None if d.comparison is None else words.noun(d.comparison),
            release=None if d.release is None else releases.without(d.release, words),
            redacted=self.wanted.said,
        )

    # ------------------------------------------------------------------------------------------- what is taken out

    def _ids(self) -> dict[str, str]:
        """Id -> a digest of the whole case: who has the case finds it, who guesses ids does not."""
        cases, salt = self.whole.cases, self.whole.record.digests.cases
        whole = zip(cases.ids.to_pylist(), cases.input.text.to_pylist(), cases.expected.text.to_pylist(), strict=True)
        found = {case[0]: digest_of([salt, *case]) for case in whole}
        size = next(n for n in (12, 24, 64) if len({one[:n] for one in found.values()}) == len(found))
        return {ident: one[:size] for ident, one in found.items()}

    def _id(self, ident: str) -> str:
        if "id" not in self.wanted.whole:
            return ident
        return self.ids.get(ident) or digest_of([self.whole.record.digests.cases, ident])[:12]

    def _without(self) -> tuple[CaseTable, pa.Table]:
        """Cases and answers without what was named; `taken` and `classes` say what that was."""
        cases, answers, want = self.whole.cases, self.whole.predictions, self.wanted
        if "id" in want.whole:
            for ident, found in zip(cases.ids.to_pylist(), self.taken, strict=True):
                found.add(ident)
        for name in want.tags:
            for value, found in zip(cases.tags[name].to_pylist(), self.taken, strict=True):
                found.update([value] if value is not None else [])
        group = cases.group
        if group is not None and "group" in want.whole:
            for value, found in zip(group.to_pylist(), self.taken, strict=True):
                found.update([value] if value is not None else [])
            group = constant(group)
        input_ = column_without(cases.input, want.of("input"), self.taken)
        gold: Taken = [set() for _ in self.taken]
        expected = column_without(cases.expected, want.of("expected"), gold)
        rows = self._rows(answers)
        said: Taken = [set() for _ in range(len(rows))]
        output = column_without(Column(answers["output"]), want.of("output"), said).text
        traced = answers["trace"]
        if "trace" in want.whole:
            trace = constant(traced, MARKED)
        else:
            trace = column_without(Column(traced), want.of("trace"), [self.quoted] * len(rows)).text
        for found, more in zip(self.taken, gold, strict=True):
            found |= more
            self.classes |= more
        for row, more in zip(rows, said, strict=True):
            self.classes |= more
            if row >= 0:
                self.taken[row] |= more
        answers = _with(answers, {"output": output, "trace": trace})
        return CaseTable(cases.ids, input_, expected, group, cases.tags, cases.weight), answers

    def _copies(self) -> frozenset[str]:
        """Tags that repeat what was taken out of their rows: slices and filters would show it."""
        found = set()
        for name, column in self.whole.cases.tags.items():
            pairs = zip(column.to_pylist(), self.taken, strict=True)
            if name not in self.wanted.tags and any(v is not None and telling(v) and v in gone for v, gone in pairs):
                found.add(name)
        return frozenset(found)

    def _rows(self, table: pa.Table) -> np.ndarray:
        """(n,) row of the case that each row is of; -1: no case of the dossier."""
        ids = self.whole.cases.ids.cast(pa.string())
        found = pc.index_in(table["case_id"].combine_chunks().cast(pa.string()), value_set=ids)
        return np.asarray(pc.fill_null(found, -1), dtype=np.int64)

    # -------------------------------------------------------------------------------------------- where else it stands

    def _words(self) -> Words:
        """What redacts sentences, and all that has a name."""
        record, want = self.whole.record, self.wanted
        tags = {
            name: marks(value for value in self.whole.cases.tags[name].to_pylist() if value is not None)
            for name in sorted(want.tags)
        }
        kept = {v.name for v in record.variants} | {m.id for m in record.metrics if m.of is None} | {record.suite.name}
        kept |= {m.layer for m in record.metrics} | {one.variant for one in record.estimates}
        for name, values in self.whole.cases.tags.items():
            kept |= {name} if name in want.tags else {name, *filter(None, pc.unique(values).to_pylist())}
        exactly = dict(self._classes())
        replaced = dict.fromkeys((text for found in self.taken for text in found), MARK)
        replaced |= dict.fromkeys(self._messages(), MARK) | exactly | self.ids
        for name, known in tags.items():
            replaced |= {
                f"{name}{sign}{value}": f"{name}{sign}{said}" for value, said in known.items() for sign in _SIGNS
            }
        exactly = {text: said for text, said in exactly.items() if text not in kept} | self.ids
        return Words(Texts(replaced, kept), tags, exactly, examples=True)

    def _messages(self) -> Iterator[str]:
        """Longer texts that sentences may quote: messages of failures, rationales, what was said in traces."""
        want, verdicts = self.wanted.whole, self.whole.verdicts
        found = [self.whole.predictions["failure_message"]] if "failure" in want else []
        yield from (text for text in self.quoted if len(text) >= _QUOTED)
        found += [verdicts["rationale"]] if "rationale" in want and verdicts is not None else []
        for column in found:
            yield from (text for text in pc.unique(column).to_pylist() if text and len(text) >= _QUOTED)
        if "trace" in want:
            for value in filter(lambda one: one is not MISSING, Column(self.whole.predictions["trace"]).values()):
                yield from (text for text in leaves(value) if len(text) >= _QUOTED)

    def _classes(self) -> Iterator[tuple[str, str]]:
        """Classes of gold that were taken out, and the names of views and parts that have one in them."""
        every = "expected" in self.wanted.whole
        named = [text for m in self.whole.record.metrics for text in (m.view or "", *m.parts) if ":" in text]
        labels = {text.partition(":")[2] for text in named} | {
            c for found in self.whole.confusions for c in found.classes
        }
        gone = marks(label for label in labels if label and (every or label in self.classes))
        yield from gone.items()
        for text in named:
            head, _, label = text.partition(":")
            if label in gone:
                yield text, f"{head}:{gone[label]}"
        for m in self.whole.record.metrics:
            head, _, label = m.id.partition(":")
            if m.view and label in gone:
                yield m.id, f"{head}:{gone[label]}"

    def _scrubbed(self, cases: CaseTable, answers: pa.Table, words: Words) -> tuple[CaseTable, pa.Table]:
        """Cases and answers without what was taken out of other columns of their rows."""
        want = self.wanted
        leaf = Texts(dict.fromkeys((text for found in self.taken for text in found), MARK) | self.ids)
        columns: dict[str, Any] = {
            "case_id": translated(answers["case_id"], self._id),
            "output": column_scrubbed(Column(answers["output"]), leaf).text,
            "failure_reason": translated(answers["failure_reason"], words.text),
        }
        if "trace" not in want.whole:
            columns["trace"] = column_scrubbed(Column(answers["trace"]), leaf).text
        message = answers["failure_message"]
        columns["failure_message"] = constant(message) if "failure" in want.whole else translated(message, words.text)
        tags = {
            name: constant(values) if name in want.tags else translated(values, self._same)
            for name, values in cases.tags.items()
        }
        return CaseTable(
            translated(cases.ids, self._id),
            column_scrubbed(cases.input, leaf),
            column_scrubbed(cases.expected, leaf),
            cases.group if cases.group is None else translated(cases.group, self._same),
            tags,
            cases.weight,
        ), _with(answers, columns)

    def _same(self, text: str) -> str:
        """A group or a tag that is the id of a case is redacted with it; else it stays."""
        return self.ids.get(text, text)

    def _verdicts(self, words: Words) -> pa.Table | None:
        verdicts = self.whole.verdicts
        if verdicts is None:
            return None
        columns: dict[str, Any] = {"case_id": translated(verdicts["case_id"], self._id)}
        gone = dict.fromkeys(("rationale", "failure_message"), MARK) | dict.fromkeys(("answer", "prompt"), MARKED)
        for name in ("metric", "label", "why", "failure_reason", *gone, "points"):
            if name in verdicts.column_names:
                drop = name in gone and "rationale" in self.wanted.whole
                columns[name] = constant(verdicts[name], gone[name]) if drop else translated(verdicts[name], words.text)
        return _with(verdicts, columns)

    def _scores(self, words: Words) -> pa.Table:
        scores, want = self.whole.scores, self.wanted
        columns: dict[str, Any] = {
            "metric": translated(scores["metric"], words.text),
            "case_id": translated(scores["case_id"], self._id),
            "why": translated(scores["why"], words.text),
            "rule": translated(scores["rule"], words.text),
        }
        if "detail" in want.whole:
            columns["detail"] = constant(scores["detail"], _DETAIL)
            columns["margin"] = pa.nulls(len(scores), pa.float64())
        else:
            columns["detail"] = translated(scores["detail"], lambda text: self._detail(text, words))
        return _with(scores, columns)

    def _detail(self, text: str, words: Words) -> str:
        """What a score rests on, without what stands elsewhere; of a judged one it holds the judge's rationale."""
        value = json.loads(text)
        if "rationale" in self.wanted.whole:
            value = cut(value, [Place(("rationale",), anywhere=True)], lambda _: None)
        said = mapped(value, words.text)
        return text if said == value and '"rationale"' not in text else canonical_json(said)


_QUOTED = 12
"""Characters from which on such a text is its own."""
_SIGNS = ("=", " = ", ": ", "==", " == ")
_DETAIL = f'{{"detail":{MARKED}}}'


def _with(table: pa.Table, columns: dict[str, Any]) -> pa.Table:
    """The table with these columns instead of its own."""
    for name, values in columns.items():
        place = table.schema.get_field_index(name)
        kind = table.schema.field(place)
        table = table.set_column(place, kind, values if values.type == kind.type else values.cast(kind.type))
    return table
