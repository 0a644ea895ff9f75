"""Which judge this is: its spec, the rubric word for word, what limits it, and how it is certified again."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from evalkit.core.judge_card import Criterion, JudgeCard, MenuLabel
from evalkit.report import numbers
from evalkit.report.card.over_time import who_is
from evalkit.report.card.parts import Part, Titled, day
from evalkit.report.card.read import items, text, texts
from evalkit.report.charts.spec import Table
from evalkit.report.text import clip, listing, plural, when

__all__ = ["identity", "limits", "rubric"]

_DEEP, _MOST = 3, 60


def identity(card: JudgeCard) -> Part:
    """What pins its verdicts, by digest; and the commands."""
    held = card.certificate
    prompt = held.judge_spec.get("prompt")
    facts = [
        ("judge", who_is(held)),
        ("digest of the judge", held.judge),
        ("certificate", card.digest),
        ("rubric", f"{held.rubric_id or 'none'} {(held.rubric or '')[:64]}".strip()),
        ("digest of the prompt", text(prompt, 80) or "not in its spec: the judge sends none"),
        ("models that its responses named", listing(texts(held.models, 20, 80), 8) or "none"),
        ("made", when(held.created)),
        ("found in", card.origin),
    ]
    spec = list(_flat(held.judge_spec))
    tables = [Titled("Its spec: all that can change a verdict", Table(["Field", "Value"], spec))] if spec else []
    missing = [] if card.whole else [("The judge's spec", "only the output of a calibration was given, which has none")]
    return Part(facts=facts, tables=tables, missing=missing)


def _flat(spec: Mapping[str, Any], before: str = "", depth: int = 0) -> Iterator[list[str]]:
    for name, value in items(spec, _MOST):
        path = f"{before}{name}"
        if isinstance(value, dict) and value and depth < _DEEP:
            yield from _flat(value, f"{path}.", depth + 1)
        else:
            yield [path, clip(_shown(value), 300)]


def _shown(value: Any) -> str:
    if isinstance(value, str):
        return value
    if value is None or isinstance(value, bool):
        return {None: "none", True: "yes", False: "no"}[value]
    if isinstance(value, list):
        return f"{plural(len(value), 'entry', 'entries')}: {clip(str(value[:12]), 200)}" if value else "none"
    return clip(str(value), 200)


def rubric(card: JudgeCard) -> Part:
    """The rubric, word for word, or why it is not shown."""
    found = card.rubric
    if found is None:
        return Part(missing=[("The text of the rubric", card.rubric_why)])
    facts = [
        ("rubric", f"{found.id}, version {found.version}"),
        ("asks about", "two answers beside each other" if found.kind == "pair" else "one answer by itself"),
        ("file", found.source),
        ("digest, checked", found.digest[:16]),
        ("examples shown before the question", str(found.n_examples)),
    ]
    tables = []
    if not found.criteria:
        tables.append(_menu("What it chooses between", found.menu))
    tables += [_menu(_criterion(one), one.menu) for one in found.criteria[:20]]
    texts_ = [("What the judge is told", found.system), ("The question's template", found.template)]
    return Part(
        said=[found.description.strip()] if found.description.strip() else [],
        facts=facts,
        tables=tables,
        texts=[(title, clip(words, 20_000)) for title, words in texts_ if words.strip()],
    )


def _criterion(one: Criterion) -> str:
    veto = ", a veto" if one.veto else ""
    return f"{one.id} (weight {one.weight:g}{veto}): {' '.join(one.text.split())}"


def _menu(title: str, menu: tuple[MenuLabel, ...]) -> Titled:
    rows = [[one.label, numbers.number(one.value, 2), " ".join(one.text.split())] for one in menu]
    return Titled(title, Table(["Label", "Worth", "Means"], rows))


def limits(card: JudgeCard) -> Part:
    """How far the certificate reaches, and the command that renews it."""
    held = card.certificate
    known = {
        "min_items": "labelled items that are asked for",
        "min_agreement": "agreement that has to be shown",
        "min_kappa": "kappa that has to be shown",
        "expires_days": "days that it holds",
        "injection": "attacks that may succeed, at most",
        "gold": "reference answers not called best, at most",
        "subsets": "calibrated on",
    }
    facts = [("holds until", f"{day(held.expires)}" if held.expires else "no end")]
    facts += [(words, _shown(held.limits[name])) for name, words in known.items() if name in held.limits]
    said = [
        "It holds for exactly this judge: another model, rubric, prompt or parameter is another judge, whose verdicts "
        "this says nothing of.",
        *card.cautions,
    ]
    commands = [clip(f"{held.renew} --fresh" if held.renew else "", 2_000)] if held.renew else []
    return Part(
        said=[_sentence(clip(one, 600)) for one in said],
        facts=facts,
        commands=commands,
        notes=["The command certifies it again, with verdicts that are asked for anew."] if commands else [],
    )


def _sentence(words: str) -> str:
    return f"{words[:1].upper()}{words[1:].rstrip('. ')}."
