"""What came true: the answer to each case, and which flights have one."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd

from suites.flights.features import LATE_AFTER


class Counts(NamedTuple):
    """Flights of some months, and those defined away: without an arrival delay there is no answer to be right about."""

    scheduled: int
    cancelled: int  # never left New York
    diverted: int  # left, and never arrived at the destination of the schedule with a known delay
    arrived: int

    def sentence(self, what: str) -> str:
        """One line for the terminal."""
        return (
            f"{what}: {self.scheduled:,} flights scheduled; {self.cancelled:,} cancelled and {self.diverted:,} "
            f"diverted have no arrival delay and are left out; {self.arrived:,} remain"
        )


def arrived(flights: pd.DataFrame) -> np.ndarray:
    """(n,) bool: the flight has an arrival delay."""
    return np.asarray(flights.arr_delay.notna())


def count(flights: pd.DataFrame) -> Counts:
    """How many flights there are, and why some have no answer."""
    left, there = flights.dep_time.notna().to_numpy(), arrived(flights)
    return Counts(len(flights), int((~left).sum()), int((left & ~there).sum()), int(there.sum()))


def late(flights: pd.DataFrame) -> np.ndarray:
    """(n,) bool: more than 15 minutes after the scheduled arrival."""
    return np.asarray(flights.arr_delay > LATE_AFTER)
