"""Five real systems on 1,667 real questions, clustered by table: against the references, and in a browser."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.conftest import Ran, write_jsonl

Evalkit = Callable[..., Ran]
SYSTEMS = ("pot_codex", "cot_codex", "cot_gpt3", "direct_gpt3", "direct_codex")

SUITE = """
suite: tatqa
version: 1
description: Questions on financial tables and text, TAT-QA dev; five published systems.
cases: cases.jsonl
layers:
  exact: [{accuracy: {field: em, as: official_em}}]
  text:  [{exact: {field: answer, any_of: true}}]
gates:
  - {metric: official_em, at_least: 0.5, role: guardrail}
  - {metric: official_em, versus: baseline, superior: true, role: primary}
slices: [answer_type]
seed: 1
"""


def text(answer: Any) -> str:
    """An answer as printed: lists joined."""
    return "; ".join(map(str, answer)) if isinstance(answer, list) else str(answer)


@pytest.fixture(scope="module")
def rows(shared: Path) -> list[dict[str, Any]]:
    """The published rows."""
    lines = (shared / "tatqa" / "predictions.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines]


@pytest.fixture
def folder(tmp_path: Path, rows: list[dict[str, Any]]) -> Path:
    """The suite and five recorded systems."""
    cases = [
        {
            "id": row["item_id"],
            "input": row["question"],
            "expected": {"answer": [text(row["gold"])], "em": True},
            "group": row["cluster"],
            "tags": {"answer_type": row["answer_type"]},
        }
        for row in rows
    ]
    write_jsonl(tmp_path / "cases.jsonl", cases)
    for system in SYSTEMS:
        answers = [
            {"case_id": r["item_id"], "output": {"answer": text(s["answer"]), "em": s["em"] == 1.0}}
            for r in rows
            for s in [r["systems"][system]]
        ]
        write_jsonl(tmp_path / f"{system}.jsonl", answers)
    (tmp_path / "suite.yaml").write_text(SUITE, encoding="utf-8")
    return tmp_path


def arguments() -> list[str]:
    """Four candidates against `direct_codex`."""
    found = [part for name in SYSTEMS[:-1] for part in ("-c", f"{name}=recorded:{name}.jsonl")]
    return [*found, "-b", f"recorded:{SYSTEMS[-1]}.jsonl"]


@pytest.mark.shared
def test_estimates_reproduce_the_reference_statistics(evalkit: Evalkit, folder: Path, shared: Path) -> None:
    ran = evalkit("run", folder / "suite.yaml", *arguments(), "--json")
    assert ran.code in (1, 3), ran.err
    reference = json.loads((shared / "REFERENCE.json").read_text(encoding="utf-8"))["tatqa"]
    overall = {(e["metric"], e["variant"]): e for e in ran.json["estimates"] if e["slice"] is None}
    for name, published in reference["em"].items():
        variant = "baseline" if name == SYSTEMS[-1] else name
        estimate = overall["official_em", variant]
        assert estimate["point"] == pytest.approx(published["mean"], abs=1e-12)
        assert (estimate["n"], estimate["n_clusters"]) == (1667, 278)
        naive = 1.96 * published["se_naive"]
        assert estimate["hi"] - estimate["lo"] > 2 * naive * 1.1, "the clustered interval is wider than the naive one"
    contrast = overall["official_em", "pot_codex - direct_codex".replace("direct_codex", "baseline")]
    pair = reference["pairs"]["pot_codex vs direct_codex"]
    assert contrast["point"] == pytest.approx(pair["diff"], abs=1e-12)
    from scipy.stats import t

    half = t.ppf(0.975, 277) * pair["clustered_diff"]["se_cluster_small_sample_corrected"]
    assert contrast["hi"] - contrast["point"] == pytest.approx(half, rel=1e-9)
    primary = {d["variant"]: d for d in ran.json["decisions"] if d["gate"]["versus"]}
    assert primary["pot_codex"]["outcome"] == "pass"
    assert primary["pot_codex"]["relation"] == "better"
    assert primary["direct_gpt3"]["outcome"] == "fail"


@pytest.mark.shared
@pytest.mark.browser
def test_the_report_opens_without_an_error_or_a_request(evalkit: Evalkit, folder: Path) -> None:
    from playwright.sync_api import sync_playwright

    ran = evalkit("run", folder / "suite.yaml", *arguments(), "--report", "r.html")
    assert ran.code in (1, 3), ran.err
    page_url = (folder / "r.html").as_uri()
    said: list[str] = []
    asked: list[str] = []
    flags = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"]
    flags += ["--disable-background-networking", "--disable-component-update", "--disable-sync"]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=flags)
        page = browser.new_page()
        page.on("console", lambda message: said.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: said.append(str(error)))
        page.on("request", lambda request: asked.append(request.url))
        page.goto(page_url)
        page.wait_for_load_state("load")
        title = page.title()
        shown = page.inner_text("body")
        browser.close()
    assert said == []
    assert [url for url in asked if url != page_url and not url.startswith(("data:", "blob:"))] == []
    assert "tatqa" in title.lower()
    assert "official_em" in shown
