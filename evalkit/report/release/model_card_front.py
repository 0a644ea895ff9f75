"""The metadata of a model card: YAML that every reader parses alike, and that is inert where nobody parses it."""

from __future__ import annotations

import re
from typing import Any

from evalkit.core.dossier import Dossier
from evalkit.core.evidence import Lineage, Registry
from evalkit.core.nouns import Estimate, MetricInfo, VariantInfo
from evalkit.report.findings import Findings
from evalkit.report.release.told import evidence_of
from evalkit.report.text import clip, visible

__all__ = ["front_matter", "name_of"]

_PLAIN = re.compile(r"[A-Za-z0-9 ,;()=+%_/:.\u00a1-\u00ac\u00ae-\u02ff\u0370-\u0dff\u0e00-\u1fff\u2c00-\ud7ff-]")
_SLUG = re.compile(r"[^a-z0-9._-]+")
_LONG = 200
_HUB = {"exact": "exact_match", "brier": "brier_score", "mae": "mae", "rmse": "rmse", "auc": "roc_auc"}
"""Ours -> what the hub calls the same number."""


def name_of(dossier: Dossier, variant: VariantInfo | None = None) -> str:
    """What the model is called: as the registry says, else the lineage, else as the run calls it."""
    for one in reversed(evidence_of(dossier, Registry)):
        return f"{one.model} {one.version}"
    for graph in reversed(evidence_of(dossier, Lineage)):
        models = [node.name for node in graph.nodes if node.kind == "model"]
        if models:
            return models[-1]
    candidates = [v.name for v in dossier.record.variants if v.role == "candidate"]
    own = variant.name if variant is not None else next(iter(candidates), "model")
    return f"{dossier.record.suite.name} {own}"


def front_matter(dossier: Dossier) -> str:
    """The block between two lines of `---`; what is not known is left out."""
    record = dossier.record
    found: dict[str, Any] = {"tags": ["evalkit", "model-evaluation"]}
    index = [entry for v in record.variants if v.role == "candidate" and (entry := _entry(dossier, v))]
    if index:
        found["model-index"] = index
    return "\n".join(["---", *_yaml(found), "---"])


def _entry(dossier: Dossier, variant: VariantInfo) -> dict[str, Any] | None:
    """One model of the index, with its numbers; None where it has none."""
    record, findings = dossier.record, Findings(dossier.record)
    numbers = [
        _metric(info, estimate)
        for info in findings.shown()
        if (estimate := findings.estimate(info.id, variant.name)) is not None and estimate.point is not None
    ]
    if not numbers:
        return None
    slug = _SLUG.sub("-", record.suite.name.lower()).strip("-") or "suite"
    result = {
        "task": {"type": "other", "name": record.suite.name},
        "dataset": {
            "type": slug,
            "name": f"{record.suite.name}, version {record.suite.version}",
            "config": "cases",
            "revision": record.digests.cases,
        },
        "metrics": numbers,
    }
    several = sum(v.role == "candidate" for v in record.variants) > 1
    name = name_of(dossier, variant)
    return {"name": f"{name} ({variant.name})" if several and variant.name not in name else name, "results": [result]}


def _metric(info: MetricInfo, estimate: Estimate) -> dict[str, Any]:
    """One number with its interval; nobody but evalkit has verified it."""
    spec: dict[str, Any] = {"type": _type(info), "value": estimate.point, "name": info.id, "verified": False}
    args: dict[str, Any] = {"n": estimate.n, "unscored": estimate.n_unscored, "better": info.better}
    if estimate.lo is not None and estimate.hi is not None:
        args |= {
            "ci_low": estimate.lo,
            "ci_high": estimate.hi,
            "ci_level": estimate.level,
            "ci_method": estimate.method,
        }
    if info.unit:
        args["unit"] = info.unit
    return {**spec, "args": args}


def _type(info: MetricInfo) -> str:
    """The kind of number: a metric's name in the catalog, of a view its own (`f1`, `precision`)."""
    name = (info.view or info.name).partition(":")[0]
    short = re.split(r"[:/]", name.rpartition(".")[2] or name)[-1] or info.id
    return _HUB.get(short, short)


def _yaml(value: Any, indent: int = 0) -> list[str]:
    """Block YAML of dicts, lists and scalars; the texts are all quoted."""
    pad = " " * indent
    lines = []
    if isinstance(value, dict):
        for key, inner in value.items():
            if isinstance(inner, dict | list):
                lines += [f"{pad}{key}:", *_yaml(inner, indent + 2)]
            else:
                lines.append(f"{pad}{key}: {_scalar(inner)}")
        return lines
    for inner in value:
        if isinstance(inner, dict):
            first, *rest = _yaml(inner, indent + 2)
            lines += [f"{pad}- {first.lstrip()}", *rest]
        else:
            lines.append(f"{pad}- {_scalar(inner)}")
    return lines


def _scalar(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        return _number(value)
    return '"' + "".join(_char(ch) for ch in _inert(clip(" ".join(visible(str(value)).split()), _LONG))) + '"'


def _number(value: float) -> str:
    """A float that YAML 1.1 and 1.2 read as one: with a point, and a sign in the exponent."""
    text = repr(value)
    mantissa, sign, exponent = text.partition("e")
    if not sign:
        return text
    mantissa = mantissa if "." in mantissa else f"{mantissa}.0"
    return f"{mantissa}e{exponent if exponent[0] in '+-' else '+' + exponent}"


def _inert(text: str) -> str:
    """Marks of links are set apart, to be escaped: a page that shows the block as text makes no link of it."""
    return re.sub(r":(?=//)|(?<=www)\.", lambda m: chr(0xE000 + ord(m.group())), text)


def _char(ch: str) -> str:
    """A character of a double-quoted text: what Markdown or HTML would read is a code, which YAML reads back."""
    if _PLAIN.fullmatch(ch):
        return ch
    code = ord(ch)
    if 0xE000 <= code < 0xE080:
        code -= 0xE000
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
