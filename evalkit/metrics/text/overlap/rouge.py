"""`rouge`: shared words, word pairs, or the longest common subsequence of words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import pairwise
from typing import Any, ClassVar, Final, Literal

import numpy as np

from evalkit.core.protocols import Batch, Example, Metric, Scores
from evalkit.metrics.base import Mean, Share, over_one, wrong_parameter
from evalkit.metrics.text.overlap.base import Compared, Overlap, extra
from evalkit.metrics.text.tokens import tokenize

__all__ = ["Rouge"]

_VARIANTS: Final = ("rouge1", "rouge2", "rougeL")


@dataclass(frozen=True)
class Rouge(Overlap):
    """Mean ROUGE F1 (Lin 2004) with words of any script, and 3.5 as one of them. Overlap, not correctness.

    Views: rouge1, rouge2, rougeL. Of several golds the best counts. Needs the extra `text`.

    Attributes:
        normalize: steps as for `text`.
        aliases: the key of `expected` that holds more reference texts.
        variant: which number the metric itself is: rouge1, rouge2 or rougeL.
        tokenizer: `unicode`, or `rouge_score` for the published one: it knows ASCII only, so that any other gold is
            refused, and takes 3.5 for two words.
        stemmer: with `rouge_score`, whether English words lose their endings (Porter).
    """

    variant: Literal["rouge1", "rouge2", "rougeL"] = "rougeL"
    tokenizer: Literal["unicode", "rouge_score"] = "unicode"
    stemmer: bool = False

    name: ClassVar[str] = "rouge"

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.variant not in _VARIANTS:
            raise wrong_parameter(self.name, "variant", self.variant, "rouge1, rouge2 or rougeL")
        if self.tokenizer not in ("unicode", "rouge_score"):
            raise wrong_parameter(self.name, "tokenizer", self.tokenizer, "unicode or rouge_score")
        if not isinstance(self.stemmer, bool) or (self.stemmer and self.tokenizer == "unicode"):
            raise wrong_parameter(self.name, "stemmer", self.stemmer, "true or false; true with tokenizer: rouge_score")

    @property
    def views(self) -> Mapping[str, Metric]:
        """rouge1, rouge2 and rougeL, from one pass."""
        return {name: Share(name) for name in _VARIANTS}

    def lacks(self, text: str) -> str | None:
        """A word; ASCII for the published tokenizer."""
        if self.tokenizer == "rouge_score" and not self.text(text).isascii():
            return "ASCII text with tokenizer: rouge_score (it drops all other letters); use tokenizer: unicode"
        if self.variant == "rouge2":
            return None if len(self._words(text)) > 1 else "a text of two words"
        return None if self._words(text) else "a text with a word or number in it"

    def _words(self, text: str) -> list[str]:
        normal = self.text(text)
        if self.tokenizer == "unicode":
            return tokenize(normal.casefold()).words
        found: list[str] = _published(self.stemmer).tokenize(normal)
        return found

    def compare(self, references: tuple[str, ...], answer: str) -> Compared:
        """The best F1 of each variant over the references; the rule is that of the metric's own."""
        got = self._words(answer)
        found = [_variants(self._words(text), got) for text in references]
        own = _VARIANTS.index(self.variant)
        top = max(range(len(found)), key=lambda i: found[i][own])
        best = tuple(max(values[i] for values in found) for i in range(len(_VARIANTS)))
        return Compared((best[own], 1.0), reference=references[top], views=best)

    def _scores(self, found: list[Compared], why: list[str | None], references: list[tuple[str, ...] | None]) -> Scores:
        scores = super()._scores(found, why, references)
        table = np.array([one.views or (0.0,) * 3 for one in found], float).reshape(len(found), 3)
        views = {name: over_one(table[:, i], scores.why < 0) for i, name in enumerate(_VARIANTS)}
        return replace(scores, views=views)

    def failed(self, batch: Batch) -> np.ndarray | None:
        """0 for each row."""
        return Mean.failed(self, batch)

    @staticmethod
    def examples() -> list[Example]:
        """A summary."""
        return [Example({}, [("The cat sat on the mat.", "the cat sat on the mat")], ["Dogs bark."])]


def _variants(want: Sequence[str], got: Sequence[str]) -> tuple[float, float, float]:
    """F1 of words, of pairs, and of the longest common subsequence (Lin 2004, sections 2 and 3)."""
    lcs = extra("rapidfuzz.distance", "rapidfuzz", Rouge.name).LCSseq.similarity(want, got)
    pairs = [list(pairwise(words)) for words in (want, got)]
    return (
        _f1((Counter(want) & Counter(got)).total(), len(want), len(got)),
        _f1((Counter(pairs[0]) & Counter(pairs[1])).total(), len(pairs[0]), len(pairs[1])),
        _f1(lcs, len(want), len(got)),
    )


def _f1(shared: int, want: int, got: int) -> float:
    return 2 * shared / (want + got) if shared else 0.0


@lru_cache(maxsize=2)
def _published(stemmer: bool) -> Any:
    return extra("rouge_score.tokenizers", "rouge-score", Rouge.name).DefaultTokenizer(stemmer)
