"""JUnit XML: a suite is a `testsuite`, a gate a `testcase`.

| evalkit | JUnit |
|---|---|
| pass | a test case without more |
| fail | `<failure type="fail">` |
| inconclusive, and it does not block (policy pull_request) | `<skipped message="inconclusive: ...">` |
| inconclusive, and it blocks (policy release) | `<failure type="inconclusive">` |
| the suite broke | `<error type="error">`, in a test case `run` |
| no gate; not run, for nothing changed | `<skipped message="ungated: ...">`, `<skipped message="not run: ...">` |

So `<error>` is only ever what broke, and inconclusive can be told from fail by `type`.
"""

from __future__ import annotations

import re
from xml.sax.saxutils import escape, quoteattr

from evalkit.core.checks import Checks, SuiteCheck
from evalkit.core.nouns import Decision, Record
from evalkit.report import numbers, sentences
from evalkit.report.text import clip

__all__ = ["render"]

_LONG = 2000
# All that XML 1.0 (5th edition, production 2) does not allow in a document, escaped or not.
_NO_CHAR = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def render(checks: Checks) -> str:
    """The whole pass as one document."""
    suites = [_suite(suite) for suite in checks.suites]
    total = {key: sum(counts[key] for counts, _ in suites) for key in ("tests", "failures", "errors", "skipped")}
    seconds = sum(suite.seconds for suite in checks.suites)
    head = f'<testsuites name="evalkit"{_counts(total)} time="{seconds:.3f}">'
    return "\n".join(['<?xml version="1.0" encoding="UTF-8"?>', head, *(text for _, text in suites), "</testsuites>\n"])


def _suite(suite: SuiteCheck) -> tuple[dict[str, int], str]:
    cases = list(_cases(suite))
    counts = {
        "tests": len(cases),
        "failures": sum("<failure " in case for case in cases),
        "errors": sum("<error " in case for case in cases),
        "skipped": sum("<skipped " in case for case in cases),
    }
    created = suite.record.created[:19] if suite.record else ""
    stamp = f" timestamp={_attribute(created)}" if created else ""
    head = f"  <testsuite name={_attribute(suite.name)}{_counts(counts)}"
    head += f' time="{suite.seconds:.3f}"{stamp} file={_attribute(suite.file)}>'
    return counts, "\n".join([head, *_properties(suite), *cases, *_output(suite), "  </testsuite>"])


def _properties(suite: SuiteCheck) -> list[str]:
    found: dict[str, str] = {"evalkit.outcome": suite.status}
    if suite.record is not None:
        found |= {"evalkit.run": suite.record.run_id, "evalkit.policy": suite.record.policy}
    rows = [f'      <property name="{key}" value={_attribute(value)}/>' for key, value in found.items()]
    return ["    <properties>", *rows, "    </properties>"]


def _cases(suite: SuiteCheck) -> list[str]:
    record = suite.record
    if suite.error is not None:
        return [_case(suite, "run", _told("error", "error", suite.error.sentence, suite.error.sentence))]
    if suite.status == "skipped":
        return [_case(suite, "run", f"<skipped message={_attribute(f'not run: {suite.why}')}/>")]
    if record is not None and record.outcome == "error":
        because = sentences.verdict(record).because
        return [_case(suite, "run", _told("error", "error", "the run broke", because))]
    if record is None or not record.decisions:
        return [_case(suite, "run", '<skipped message="ungated: the suite declares no gate"/>')]
    lines = [*suite.lines, *[1] * len(record.decisions)]
    return [_case(suite, _name(record, d), _gate(d), line) for d, line in zip(record.decisions, lines, strict=False)]


def _name(record: Record, decision: Decision) -> str:
    """The gate's label; a test's identity across runs, so it holds no number that changes."""
    return sentences.gate_name(record, decision)


def _case(suite: SuiteCheck, name: str, inner: str, line: int = 1) -> str:
    head = f"    <testcase classname={_attribute(suite.name)} name={_attribute(name)}"
    head += f' file={_attribute(suite.file)} line="{line}" time="0"'
    return f"{head}>\n      {inner}\n    </testcase>" if inner else f"{head}/>"


def _gate(d: Decision) -> str:
    if d.outcome == "pass":
        return ""
    advice = f" {d.would_decide}" if d.would_decide else ""
    if d.gate.role == "info" or d.gate.judge == "advisory":
        return f"<skipped message={_attribute(f'for information only, {d.outcome}: {d.reason}')}/>"
    if d.outcome == "inconclusive" and not d.blocks:
        return f"<skipped message={_attribute(f'inconclusive: {d.reason}{advice}')}/>"
    return _told("failure", d.outcome, d.reason, f"{d.reason}{advice}\n{_figures(d)}")


def _figures(d: Decision) -> str:
    e = d.estimate
    span = numbers.interval(e) or "no interval"
    return f"{e.variant}: {numbers.point(e)} {span}, n = {e.n}, unscored = {e.n_unscored}, relation: {d.relation}"


def _told(element: str, kind: str, message: str, body: str) -> str:
    said = f"{kind}: {message}" if kind == "inconclusive" else message
    return f'<{element} type="{kind}" message={_attribute(said)}>{_text(body)}</{element}>'


def _output(suite: SuiteCheck) -> list[str]:
    said = [*suite.notes, *(f"warning: {w}" for w in (suite.record.warnings if suite.record else []))]
    return [f"    <system-out>{_text(chr(10).join(said))}</system-out>"] if said else []


def _counts(counts: dict[str, int]) -> str:
    return "".join(f' {key}="{value}"' for key, value in counts.items())


def _attribute(text: str) -> str:
    """A quoted attribute value: what XML cannot hold is a replacement character, line ends are kept by reference."""
    return quoteattr(_clean(text), {"\n": "&#10;", "\r": "&#13;", "\t": "&#9;"})


def _text(text: str) -> str:
    return escape(_clean(text), {"\r": "&#13;"})


def _clean(text: str) -> str:
    return clip(_NO_CHAR.sub("\ufffd", text), _LONG)
