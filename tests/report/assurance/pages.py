"""Every kind of page that evalkit writes: what it is about, and how it is made.

A page that comes later gets a line in `PAGES`, and with it every test of this folder.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

from evalkit.app import api
from evalkit.app.comparing import compare_all
from evalkit.app.dossier import assemble
from evalkit.app.options import Options
from evalkit.core.dossier import Dossier, Site
from evalkit.core.nouns import Record
from evalkit.report import graph_page, html, release, selftest
from evalkit.report.card import page as card
from evalkit.report.charts.curve import Curves, Point
from evalkit.report.charts.graph import Edge, Graph, Node
from evalkit.report.charts.spec import Range, Series, Table
from evalkit.report.compared import page as compared
from evalkit.report.graph_page import Listed
from evalkit.report.site import index, suite
from evalkit.stores.memory import MemoryStore
from tests.hostile import poison
from tests.report.assurance import evidence
from tests.report.builders import dossier
from tests.report.card.builders import full

SUITES = Path(__file__).resolve().parents[3] / "suites"
FINANCE, SUPPORT = SUITES / "finance_statements", SUITES / "support_answers"


@dataclass(frozen=True)
class Page:
    """One kind of page.

    Attributes:
        subject: what the page is about; made once, and the same each time.
        render: the subject -> HTML.
        script: whether it has one; without, the page is complete.
    """

    subject: Callable[[], Any]
    render: Callable[[Any], str]
    script: bool = False


@cache
def run() -> Dossier:
    """A run with every kind of outcome."""
    return dossier(300)


@cache
def judged() -> Dossier:
    """A judged run with labels: corrected numbers, verdicts, no certificate."""
    store = MemoryStore()
    return assemble(_settled(_stored(store, SUPPORT, "new", "old")), store)


@cache
def _finance() -> tuple[MemoryStore, list[str]]:
    """Two runs of three systems, and their names."""
    store = MemoryStore()
    first, second = _stored(store, FINANCE, "careful", "hasty"), _stored(store, FINANCE, "again", "hasty")
    return store, [f"{first.run_id}/candidate", f"{first.run_id}/baseline", f"{second.run_id}/candidate"]


@cache
def _compared(n: int) -> Dossier:
    store, names = _finance()
    found = compare_all(store, [f"run:{name}" for name in names[:n]], None)
    return replace(assemble(_settled(found.record), found.tables), comparison=found.comparison)


@cache
def released() -> Dossier:
    """A run with the evidence of a whole release."""
    return replace(run(), release=evidence.release(run().record))


@cache
def site() -> Site:
    """Six runs of one suite, with what a site says of them."""
    return evidence.site()


def trial() -> selftest.Page:
    """A self-test with one gate that has a curve and one that has none."""
    points = tuple(
        Point(0, x / 50, 0.05 + x * x / 130, Range(0.03 + x * x / 140, 0.08 + x * x / 120)) for x in range(11)
    )
    looks = (Series("accuracy", "candidate"),)
    curve = Curves("The gate sees a loss of 0.1 four times in five", "true loss", points, looks, about="Power.")
    rates = Table(["Gate", "Share"], [["accuracy", "0.04"], ["all", "0.05"]])
    charts = [selftest.Chart("accuracy", curve, "From 300 cases."), selftest.Chart("f1", None, "No cases, no curve.")]
    return selftest.Page(
        "flights", "Where nothing changed, some gate fails in 5 %", ["300 cases"], ["So."], rates, charts
    )


def drawn() -> graph_page.Page:
    """Three stages, one of which never ran, with what they take from outside."""
    nodes = (
        Node("a", "clean", "fresh", tone="pass"),
        Node("b", "fit", "stale", tone="inconclusive"),
        Node("c", "gate", "never ran"),
        Node("raw.csv", "raw.csv", "from outside", "98a7c0de"),
    )
    edges = (Edge("raw.csv", "a", "raw"), Edge("a", "b", "rows"), Edge("b", "c", "model"), Edge("a", "c", "rows"))
    rows = [
        ["clean", "fresh", "", "98a7c0de1234"],
        ["fit", "stale", "depth: 2 -> 3", ""],
        ["gate", "never ran", "", ""],
    ]
    listed = Listed("stages", "Stages", Table(["Stage", "State", "Why", "Key"], rows), "In order.", ("Why",))
    return graph_page.Page(
        "flights", "3 stages: 1 fresh", Graph("What", nodes, edges), ["version 1"], ["Of 2013."], "evalkit", [listed]
    )


PAGES: dict[str, Page] = {
    "run": Page(run, html.render, script=True),
    "judged": Page(judged, html.render, script=True),
    "two": Page(lambda: _compared(2), compared.render, script=True),
    "many": Page(lambda: _compared(3), compared.render, script=True),
    "release": Page(released, release.render),
    "judge": Page(full, card.render),
    "index": Page(site, index.page),
    "suite": Page(site, lambda found: suite.page(found, found.suites[0]), script=True),
    "selftest": Page(trial, selftest.render),
    "graph": Page(drawn, graph_page.render),
}


@cache
def made(name: str, *, hostile: bool = False) -> str:
    """The page as HTML; `hostile`: with every free text replaced by one that tries to be more."""
    page = PAGES[name]
    return page.render(poison(page.subject()) if hostile else page.subject())


def _settled(record: Record) -> Record:
    """Without what no two runs have in common: how long they took."""
    judges = [info.model_copy(update={"seconds": None}) for info in record.judges]
    return record.model_copy(update={"seconds": 0.4, "judges": judges})


def _stored(store: MemoryStore, folder: Path, candidate: str, baseline: str) -> Record:
    """A run of recorded answers, always at the same time."""
    recorded = {name: f"recorded:{folder}/answers/{name}.jsonl" for name in (candidate, baseline)}
    now = Options(clock=lambda: datetime(2024, 5, 4, 9, 30, len(store.runs()), tzinfo=UTC))
    return api.run(folder, candidate=recorded[candidate], baseline=recorded[baseline], workspace=store, options=now)
