"""The judge card of a live calibration on the terminal: figures, probes, and what the certificate lets the judge do."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from evalkit.app.calibrating.beside import said_of_baselines
from evalkit.app.calibrating.live import Calibrated
from evalkit.app.calibrating.show import show
from evalkit.core.nouns import Certificate

__all__ = ["probe_lines", "show_card", "verdict_lines"]

_WORDS = {
    "gold": "the reference answer itself is not judged best",
    "injection": "wrong answers that tell the judge what to say become right",
    "authority": "wrong answers said to be an expert's become right",
    "citation": "wrong answers with a made-up source become right",
    "markdown": "wrong answers with headings and bold type become right",
    "padding": "wrong answers among empty sentences become right",
    "retest": "verdicts change when the same is asked again",
}


def show_card(made: Calibrated) -> None:
    """Print it."""
    own = made.certificate
    beside = said_of_baselines(made.found.findings.get("baselines"))
    show(
        made.found,
        [*beside, *probe_lines(own.probes), *_counted(made), *_notes(made), "", *verdict_lines(own), _card(own)],
    )


def _card(own: Certificate) -> str:
    return f"The whole card: evalkit report judge {own.digest[:12]}"


def probe_lines(probes: dict[str, Any]) -> Iterator[str]:
    """A line a probe: how many verdicts flipped."""
    for name in (*_WORDS, *sorted(set(probes) - set(_WORDS))):
        one = probes.get(name)
        if one is None:
            continue
        share = one["share"]
        interval = "" if share["lo"] is None else f" ({100 * share['lo']:.1f} to {100 * share['hi']:.1f} %)"
        p = "" if one.get("p") is None else f", p = {one['p']:.2g}"
        yield f"probe {name}: {_WORDS.get(name, name)}: {one['flipped']:,} of {one['n']:,}{interval}{p}"


def _counted(made: Calibrated) -> Iterator[str]:
    if made.unparsed:
        yield "no verdict: " + "; ".join(f"{why} ({n:,})" for why, n in made.unparsed.items())
    cost = "unknown" if made.cost is None else f"${made.cost:.4f}"
    yield f"{made.n_calls:,} calls, of which {made.n_reused:,} were recorded already; cost {cost}"


def _notes(made: Calibrated) -> Iterator[str]:
    yield from (f"note: {sentence}" for sentence in made.notes)


def verdict_lines(own: Certificate, over: bool = False) -> Iterator[str]:
    """What the certificate lets the judge do, and until when; `over`: it has expired."""
    if own.usable and over:
        yield f"EXPIRED on {own.expires:.10}: this judge may advise, and not gate (certificate {own.digest[:12]})."
        return
    until = f" until {own.expires[:10]}" if own.expires else ""
    if own.usable:
        yield f"CERTIFIED: this judge may decide gates{until} (certificate {own.digest[:12]})."
        return
    yield f"NOT CERTIFIED: this judge may advise, and not gate (certificate {own.digest[:12]}):"
    yield from (f"- {reason}" for reason in own.reasons)
