"""Recipes that do what tests need; they are written into a folder as `r.py`, beside `helpers.py`."""

SOURCE = '''
import dataclasses, os, random, sys, time
from datetime import date
import numpy as np
from pydantic import BaseModel, ConfigDict
from evalkit import Fitted
import helpers

@dataclasses.dataclass(frozen=True)
class Line:
    weights: np.ndarray
    cut: float
    note: str = ""
    def predict(self, row):
        if row.get("do") == "hang":
            time.sleep(1000)
        if row.get("do") == "nan":
            return float("nan")
        return "x" if row["a"] * self.weights[0] > self.cut else "y"

def line(data, config, seed):
    print("training", sorted(data))
    return Fitted(Line(np.array([1.0]), helpers.CUT), metrics={"rows": len(data["train"]) if data else 0})

class Inner(BaseModel):
    model_config = ConfigDict(extra="forbid")
    depth: int = 3

class Config(BaseModel):
    model_config = ConfigDict(extra="forbid")
    model: Inner = Inner()

def typed(data, config: Config, seed):
    return Line(np.array([float(config.model.depth)]), float(seed))

def world(data, config, seed):
    """All that a recipe may see of its surroundings."""
    seen = [os.getcwd().rpartition(os.sep)[2], os.listdir(), sorted(os.environ.get(k, "") for k in ("SECRET", "TZ"))]
    seen += [random.random(), float(np.random.random()), "pytest" in sys.modules, os.environ["OMP_NUM_THREADS"]]
    return Line(np.ones(1), 0.0, repr(seen))

def today(data, config, seed): return Line(np.ones(1), 0.0, str(date.today()))
def hashed(data, config, seed): return Line(np.array([float(hash("a"))]), 0.0)
def raises(data, config, seed): raise KeyError("no such column: é")
def asks_to_end(data, config, seed): config["k"] = object(); raise KeyboardInterrupt
def changes(data, config, seed): config["k"] = object(); return Line(np.ones(1), 0.0)
def hangs(data, config, seed): print("waiting for godot", flush=True); time.sleep(1000)
def killed(data, config, seed): os.kill(os.getpid(), 9)
def leaves(data, config, seed): os._exit(0)
def nan(data, config, seed): return Line(np.array([np.nan]), 0.0)

def tree(data, config, seed):
    from sklearn.tree import DecisionTreeClassifier
    frame = data["train"].to_pandas()
    return DecisionTreeClassifier(random_state=seed).fit(frame[["a"]], frame["y"])
'''

HELPERS = "CUT = 0.5\n"
