"""Calls that make a recipe train another model another time."""

from __future__ import annotations

from evalkit.pipeline.train.odd import odd_calls

SOURCE = """
import time as t
import numpy as np
from datetime import datetime
import helpers

def clean(data, config, seed):
    return np.random.default_rng(seed)

def inner():
    return datetime.now()

class Box:
    def f(self):
        return np.random.default_rng()

def dirty(data, config, seed):
    t.time()
    return inner(), Box()
"""


def test_only_what_the_recipe_reaches_is_said() -> None:
    said = odd_calls({"r.py": SOURCE}, "r.py:dirty")
    assert said == [
        "r.py:11: datetime.now(): what it gives depends on when it runs",
        "r.py:15: np.random.default_rng() without a seed: what it gives is another each time; "
        "take numpy.random.default_rng(seed)",
        "r.py:18: t.time(): what it gives depends on when it runs",
    ]
    assert odd_calls({"r.py": SOURCE}, "r.py:clean") == []
    assert odd_calls({"jobs/r.py": SOURCE}, "jobs.r:clean") == []


def test_names_are_followed_and_seeds_are_looked_at() -> None:
    source = """
import random, dataclasses
import numpy as np
import pandas as pd
from time import time as clock
from datetime import datetime as D
from secrets import choice
@dataclasses.dataclass
class Row:
    at: float = dataclasses.field(default_factory=clock)
random.Random(3); random.random(); np.random.RandomState(seed=1); np.random.default_rng([1, 2])
random.Random(); np.random.RandomState(None); pd.Timestamp.now(); D.now(); choice("ab"); open("x"); pd.read_csv("y")
"""
    said = [one.split(": ")[1] for one in odd_calls({"r.py": source})]
    unseeded = ["np.random.RandomState() without a seed", "random.Random() without a seed"]
    files = ["open()", "pd.read_csv()"]
    assert said == [
        "clock()",
        "D.now()",
        "choice()",
        unseeded[0],
        files[0],
        "pd.Timestamp.now()",
        files[1],
        unseeded[1],
    ]


def test_of_other_files_all_is_said_and_what_is_no_python_nothing() -> None:
    said = odd_calls({"helpers.py": "import os\nx = os.getenv('A')\n", "no.py": "def ("}, "r.py:clean")
    assert said == ["helpers.py:2: os.getenv(): what it gives depends on where it runs"]
    assert odd_calls({"a.py": "def time(): pass\ntime()\nself.time.time()\n"}, ":") == []
