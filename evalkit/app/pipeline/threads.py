"""How many threads numerical libraries use in processes of ours; they read it from their environment as they start."""

from __future__ import annotations

from collections.abc import Mapping

__all__ = ["asking_environment", "thread_variables"]

_NAMES = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMEXPR_NUM_THREADS", "LOKY_MAX_CPU_COUNT")


def thread_variables(threads: int) -> dict[str, str]:
    """The variables that say so, for OpenMP, BLAS and joblib."""
    return dict.fromkeys(_NAMES, str(threads))


def asking_environment(environment: Mapping[str, str]) -> dict[str, str]:
    """The same environment with one thread, unless it says more itself.

    For a process that answers few rows at a time: threads of OpenMP spin while they wait for each other, which takes
    ten times the time of the answer where cores are shared.
    """
    return thread_variables(1) | dict(environment)
