"""`baseline:embedding`: the one place that knows sentence-transformers."""

from __future__ import annotations

import functools
from collections.abc import Callable

from evalkit.core.errors import InputError, MissingExtra

DEFAULT = "sentence-transformers/all-MiniLM-L6-v2"


def embedding(model: str | None = None) -> Callable[[str, str], float]:
    """Cosine of two texts' embeddings, at least 0.

    Args:
        model: a name or a folder that sentence-transformers loads; None: a small English one.

    Raises:
        MissingExtra: the package is not installed.
        InputError: the model cannot be loaded.
    """
    try:
        from sentence_transformers import SentenceTransformer
    except ImportError as error:
        raise MissingExtra("sentence-transformers", "embedding", "baseline:embedding") from error
    name = model or DEFAULT
    try:
        encoder = SentenceTransformer(name)
    except (OSError, ValueError) as error:
        what = f"the embedding model {name!r:.80} cannot be loaded: {str(error)[:200]}"
        raise InputError(
            what, "baseline:embedding", "Name a model or a folder: baseline:embedding?model=..."
        ) from error

    @functools.lru_cache(maxsize=10_000)
    def vector(text: str) -> tuple[float, ...]:
        return tuple(map(float, encoder.encode([text], normalize_embeddings=True)[0]))

    def cosine(one: str, two: str) -> float:
        return min(1.0, max(0.0, sum(a * b for a, b in zip(vector(one), vector(two), strict=True))))

    return cosine
