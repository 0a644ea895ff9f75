"""June to December, watched by day against May: what changed when, and whether it mattered."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from evalkit.app.catalog import make_metrics
from evalkit.app.suites import load_suite
from evalkit.pipeline.monitor.reference import Setup, reference_of
from evalkit.pipeline.monitor.watch import watch
from evalkit.pipeline.monitor.windows import Seen
from evalkit.pipeline.stages.context import StageContext
from pipelines.flights import world
from pipelines.flights.judging import kept, month_of
from pipelines.flights.traffic import Ask, ids_of, landed, put

DAY = 86_400.0
SEASONS = {"summer": (6, 7, 8), "autumn": (9, 10, 11, 12)}
LABELS = 14 * DAY  # what became of a flight is told two weeks later


def monitor(context: StageContext) -> dict[str, Any]:
    """The champion answers all; what the new arm saw in May is the reference."""
    bench = context.bench
    later, may = month_of(context.input("later"), *range(6, 13)), month_of(context.input("later"), 5)
    champion = Ask("champion", context.input("boosted"), "champion", 1.0)
    put(context, later, "watched", [champion], ["champion"] * len(later))
    landed(context, may, "may", DAY)
    landed(context, later, "watched", LABELS)
    loaded = load_suite(Path(bench.root) / "demo" / "april")
    setup = Setup(window=DAY, metrics={"brier": make_metrics(loaded.suite, loaded.base)["brier"]})
    gates = [gate for gate in loaded.suite.gates if gate.versus is None and gate.metric == "brier"]
    end = world.seconds(later)[-1]
    outcomes = bench.traffic.outcomes(until=end)  # of the last two weeks nothing is known yet
    requests = bench.traffic.requests(until=end)
    reference = reference_of(Seen(requests.filter(pc.equal(requests["role"], "boosted")), outcomes), setup)
    record = bench.store.read_record(context.input("second"))
    served = requests.filter(pc.starts_with(requests["id"], "watched/"))
    said = {}
    for season, months in SEASONS.items():
        ids = pa.array(ids_of(month_of(later, *months), "watched"))
        seen = Seen(served.filter(pc.is_in(served["id"], value_set=ids)), outcomes)
        found = watch(reference, seen, setup, created=context.now, gates=gates)
        kept(context, record, found.monitor, context.input("boosted"))
        said[season] = found.monitor.said
        for sentence in found.monitor.said:
            context.log(f"{season}: {sentence}")
    return {"said": said}
