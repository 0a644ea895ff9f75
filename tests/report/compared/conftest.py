"""A comparison of seven systems with hostile names, on cases with hostile ids and tags."""

from __future__ import annotations

from pathlib import Path

import pytest

import evalkit
from evalkit.app import api
from evalkit.app.comparing import Compared, compare_all
from tests.e2e.conftest import write_jsonl
from tests.report.builders import HOSTILE

SYSTEMS = [f"system {i} {text}" for i, text in enumerate(HOSTILE[:7])]


@pytest.fixture(scope="session")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with one run of seven systems called `seven`."""
    folder = tmp_path_factory.mktemp("compared")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.setenv("EVALKIT_HOME", str(folder / "ws"))
        texts = [text for text in HOSTILE if text.isprintable()]
        ids = [f"{i} {texts[i % len(texts)]}" for i in range(40)]
        tagged = [{"id": d, "input": d, "expected": 1, "tags": {"<b>": HOSTILE[i % 3]}} for i, d in enumerate(ids)]
        write_jsonl(Path("cases.jsonl"), tagged)
        for k, _ in enumerate(SYSTEMS):
            spent = {} if k == 3 else {"cost": 0.001 * (k + 1), "seconds": 0.1 * (k + 1)}
            given = [{"case_id": d, "output": int((i * 7 + k) % (k + 2) > 0), **spent} for i, d in enumerate(ids)]
            write_jsonl(Path(f"{k}.jsonl"), given)
        suite = {"suite": HOSTILE[0], "cases": "cases.jsonl", "layers": {"task": ["accuracy"]}}
        evalkit.run(suite, candidate={name: f"recorded:{k}.jsonl" for k, name in enumerate(SYSTEMS)}, name="seven")
    return folder


@pytest.fixture(scope="session")
def seven(workspace: Path) -> Compared:
    """All seven compared."""
    return compare_all(api.open_store(workspace / "ws"), ["seven"], None)


@pytest.fixture(scope="session")
def two(workspace: Path) -> Compared:
    """The first two."""
    refs = [f"run:seven/{name}" for name in SYSTEMS[5:7]]
    return compare_all(api.open_store(workspace / "ws"), refs, None)
