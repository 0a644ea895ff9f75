"""The release as a Hugging Face model card: metadata that a hub reads, and the headings of its template.

Optional sections without knowledge are left out; the others say `[More Information Needed]`, which is how the template
marks what its authors have to add.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterator

from evalkit.core.dossier import Dossier
from evalkit.core.evidence import Lineage, Registry
from evalkit.report import markdown as run
from evalkit.report import numbers, sentences
from evalkit.report.findings import Findings
from evalkit.report.inert import code, escape, table
from evalkit.report.redacted import statement
from evalkit.report.release.conditions import conditions
from evalkit.report.release.markdown import escape_long, fenced, since, slices
from evalkit.report.release.markdown_evidence import approvals, bullets, evidence, limits, lineage
from evalkit.report.release.model_card_front import front_matter, name_of
from evalkit.report.release.told import evidence_of, release_of, short, when
from evalkit.report.sections import certificates
from evalkit.report.sections.identity import facts
from evalkit.report.text import listing, plural

__all__ = ["render"]

_UNKNOWN = "[More Information Needed]"
_TRAINING = ("source", "raw", "dataset", "features")


def render(dossier: Dossier) -> str:
    """The card; the same dossier gives the same text."""
    findings = Findings(dossier.record)
    parts = (_details, _uses, _risks, _start, _training, _evaluation, _impact, _technical, _more)
    blocks = [front_matter(dossier), *_head(dossier)]
    blocks += [block for part in parts for block in part(dossier, findings)]
    return "\n\n".join(filter(None, blocks)) + "\n"


def _head(dossier: Dossier) -> Iterator[str]:
    said, suite = sentences.verdict(dossier.record), escape(dossier.record.suite.name)
    yield f"# Model Card for {escape(name_of(dossier))}"
    yield f"{said.word.mark} **{said.word.text}** on the suite {suite}: {escape(said.headline)}."
    yield escape_long(statement(dossier))


def _details(dossier: Dossier, findings: Findings) -> Iterator[str]:
    yield "## Model Details"
    yield "### Model Description"
    known = [("Model", escape(name_of(dossier)))]
    for one in evidence_of(dossier, Registry)[-1:]:
        known += [("Version", escape(one.version)), ("Known as", escape(listing(one.aliases)))]
        known += [("Artifact digest", code(one.artifact))] if one.artifact else []
    for variant in findings.candidates:
        name = "System" if len(findings.candidates) == 1 else f"System {escape(variant.name)}"
        models = ", ".join(escape(model) for model in variant.models)
        known += [(f"{name}, digest", code(variant.digest)), (f"{name}, models that answered", models)]
    known += [("Developed by", _UNKNOWN), ("License", _UNKNOWN)]
    yield bullets(f"**{name}:** {value}" for name, value in known if value)


def _uses(dossier: Dossier, findings: Findings) -> Iterator[str]:
    yield "## Uses"
    yield "### Direct Use"
    about = dossier.record.suite.source.get("description")
    yield f"It was evaluated for this: {escape_long(about)}" if isinstance(about, str) and about.strip() else _UNKNOWN
    yield "### Out-of-Scope Use"
    said = limits(dossier)
    yield bullets(said) if said else _UNKNOWN


def _risks(dossier: Dossier, findings: Findings) -> Iterator[str]:
    record = dossier.record
    yield "## Bias, Risks, and Limitations"
    loud = [f"{escape(c.term)}: {escape_long(c.said)}" for c in conditions(dossier) if c.loud]
    failed = [f"{escape(v.name)}: {plural(v.n_failed, 'answer')} not given" for v in findings.candidates if v.n_failed]
    unscored = [
        f"{escape(g.metric)}, {escape(g.variant)}: {plural(g.n, 'case')} not scored ({escape(g.reason)})"
        for g in dossier.unscored[:5]
    ]
    waiting = [
        f"{escape(sentences.gate_name(record, d))}: {sentences.word(d.outcome).text.lower()}. {escape(d.reason)}"
        for d in sentences.binding(record)
        if d.outcome != "pass"
    ]
    said = [*limits(dossier), *loud, *waiting, *failed, *unscored]
    yield bullets(said) if said else _UNKNOWN
    yield "### Recommendations"
    yield escape(sentences.next_step(record))


def _start(dossier: Dossier, findings: Findings) -> Iterator[str]:
    yield "## How to Get Started with the Model"
    yield _UNKNOWN


def _training(dossier: Dossier, findings: Findings) -> Iterator[str]:
    yield "## Training Details"
    graphs = evidence_of(dossier, Lineage)
    nodes = [node for graph in graphs for node in graph.nodes]
    yield "### Training Data"
    data = [node for node in nodes if node.kind in _TRAINING]
    said = (f"{escape(n.name)} ({n.kind}) {code(short(n.digest)) if n.digest else ''} {escape(n.note)}" for n in data)
    yield bullets(" ".join(one.split()) for one in said) if data else _UNKNOWN
    yield "### Training Procedure"
    yield _UNKNOWN if not graphs else "What was made from what:"
    tables = [block for block in lineage(dossier) if block.startswith("|")]
    yield from tables


def _evaluation(dossier: Dossier, findings: Findings) -> Iterator[str]:
    record, said = dossier.record, sentences.verdict(dossier.record)
    yield "## Evaluation"
    yield "### Testing Data, Factors & Metrics"
    yield "#### Testing Data"
    groups = f" in {plural(record.n_groups, 'group')}" if record.n_groups else ""
    yield (
        f"Suite {escape(record.suite.name)}, version {escape(str(record.suite.version))}: "
        f"{plural(record.n_cases, 'case')}{groups}. Digest of the cases: {code(record.digests.cases)}."
    )
    yield "#### Factors"
    tags = dict.fromkeys(name for e in record.estimates for name in (e.slice or {}))
    yield f"By {escape(listing(list(tags), 20))}." if tags else "The cases are not broken down."
    yield "#### Metrics"
    rows = [
        [escape(m.id), escape(f"{m.name} v{m.version}"), escape(m.layer), sentences.direction(m.better), escape(m.unit)]
        for m in findings.shown()
    ]
    if rows:
        yield table(["Metric", "Kind", "Layer", "Direction", "Unit"], rows)
    yield "### Results"
    yield from _deeper(run.gates(findings))
    yield from _deeper(run.estimates(findings))
    yield from _deeper(since(dossier, findings))
    yield from _deeper(slices(dossier, findings))
    yield from _deeper(certificates.markdown(record))
    yield from _deeper(evidence_but_lineage(dossier))
    yield "#### Summary"
    yield f"{said.word.mark} {said.word.text}: {escape(said.headline)}. {escape(said.because)}".strip()
    yield escape(said.caution)


def _deeper(blocks: Iterator[str]) -> Iterator[str]:
    """The same blocks, their headings at the level below Results."""
    return (f"#### {block.lstrip('#').lstrip()}" if block.startswith("#") else block for block in blocks)


def evidence_but_lineage(dossier: Dossier) -> Iterator[str]:
    """What is known beside the record, without the lineage, which the training tells."""
    told = set(lineage(dossier))
    return (block for block in evidence(dossier) if block not in told)


def _impact(dossier: Dossier, findings: Findings) -> Iterator[str]:
    yield "## Environmental Impact"
    said = [
        f"{escape(v.name)} took {numbers.duration(v.seconds)} of answering time and {numbers.dollars(v.cost)}"
        for v in findings.candidates
    ]
    yield f"Emissions were not measured. In this evaluation {'; '.join(said) or 'nothing was asked'}."


def _technical(dossier: Dossier, findings: Findings) -> Iterator[str]:
    env = dossier.record.environment
    yield "## Technical Specifications"
    yield "### Compute Infrastructure"
    yield "#### Software"
    packages = ", ".join(f"{name} {version}" for name, version in sorted(env.packages.items()))
    versions = f"evalkit {env.evalkit}, Python {env.python} on {env.platform}"
    yield f"Evaluated with {escape(versions)}; {escape(packages)}."


def _more(dossier: Dossier, findings: Findings) -> Iterator[str]:
    record, release = dossier.record, release_of(dossier)
    yield "## More Information"
    yield "### Approvals"
    yield from approvals(dossier)
    yield "### Reproduction"
    yield fenced(shlex.join(command) for command in (record.command, release.command) if command)
    rows = [[name, code(value)] for name, value in [("Record digest", release.record_digest), *facts(record)]]
    yield table(["What", "Value"], rows)
    kept = f"{plural(len(record.estimates), 'number')} with signatures, {plural(len(record.warnings), 'warning')}"
    yield f"Evaluated {when(record.created)}. The record keeps {kept}."
    yield "## Model Card Contact"
    yield _UNKNOWN
