"""An inner pytest with the plugin, whether or not it is installed as an entry point."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
import scipy.special  # noqa: F401 - what an inner pytest loads is unloaded with it, and this cannot be loaded twice

import evalkit.app.api
import evalkit.app.pytest_plugin.groups
import evalkit.app.pytest_plugin.suite_file
import evalkit.metrics.exact
import evalkit.metrics.recorded
import evalkit.report.html
import evalkit.stores.local

Run = Callable[..., pytest.RunResult]

SUITE = """
suite: caps
cases: cases.jsonl
layers: {exact: [exact]}
gates:
"""


@pytest.fixture
def run(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs pytest in this process (numpy and Arrow are loaded only once)."""
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    monkeypatch.delenv("PYTEST_ADDOPTS", raising=False)

    def inner(*arguments: str) -> pytest.RunResult:
        return pytester.runpytest_inprocess(*arguments, plugins=[evalkit.app.pytest_plugin])

    return inner


@pytest.fixture
def suite(pytester: pytest.Pytester) -> Callable[..., None]:
    """Writes evals/suite.yaml: 100 cases, of which the candidate has three in four right."""

    def write(*gates: str, head: str = "", candidate: str = "predictors: {candidate: 'recorded:a.jsonl'}") -> None:
        folder = pytester.mkdir("evals")
        text = head + SUITE + "".join(f"  - {{{gate}}}\n" for gate in gates) + candidate
        (folder / "suite.yaml").write_text(text.replace("gates:\npred", "pred"), encoding="utf-8")
        with (folder / "cases.jsonl").open("w") as cases, (folder / "a.jsonl").open("w") as answers:
            for i in range(100):
                print(json.dumps({"id": f"c{i}", "input": i, "expected": "yes"}), file=cases)
                print(json.dumps({"case_id": f"c{i}", "output": "yes" if i % 4 else "no\x1b[31m"}), file=answers)

    return write
