"""`evalkit judge certificates list|show`."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from evalkit.app.cli.options import as_json as json_option
from evalkit.app.cli.options import workspace as workspace_option


@click.group()
def certificates() -> None:
    """Certificates of judges: what `evalkit calibrate RUBRIC --labels FILE` found. No clean-up removes one."""


@certificates.command("list")
@json_option
@workspace_option
def list_(as_json: bool, workspace: Path | None) -> int:
    """All certificates of the workspace, newest first."""
    from evalkit.app.api import open_store
    from evalkit.app.cli.console import note, print_json
    from evalkit.app.cli.table import table

    found = open_store(workspace).certificates()
    if as_json:
        print_json({"certificates": [_short(one) for one in found]})
        return 0
    if not found:
        note("no certificates; make one with: evalkit calibrate RUBRIC --labels FILE --judge SPEC")
        return 0
    head = ("certificate", "rubric", "judge", "labels", "agreement", "until", "vote")
    table([head, *(_row(_short(one)) for one in found)])
    return 0


@certificates.command("show")
@click.argument("digest")
@json_option
@workspace_option
def show(digest: str, as_json: bool, workspace: Path | None) -> int:
    """One certificate: DIGEST or its beginning, or the file of one."""
    from evalkit.app.api import open_store
    from evalkit.app.calibrating.card import probe_lines, verdict_lines
    from evalkit.app.cli.console import print_json, printable
    from evalkit.stores.certificates import read

    file = Path(digest)
    held = read(file) if file.suffix == ".json" and file.is_file() else open_store(workspace).certificate(digest)
    if as_json:
        print_json({"digest": held.digest, **held.model_dump(mode="json")})
        return 0
    short = _short(held)
    lines = [
        f"certificate {held.digest}",
        f"rubric {held.rubric_id or 'none'} ({(held.rubric or 'none')[:12]}), judge {held.judge[:12]}: {short['who']}",
        f"made {held.created[:19]}, holds until {held.expires or 'no end'}",
        f"models that its responses named: {', '.join(held.models) or 'none'}",
        f"{held.n:,} items with a label and a verdict ({held.n_dropped:,} without a majority of people)",
        *_figures(held.findings),
        *probe_lines({name: one for name, one in held.probes.items() if _is_probe(one)}),
        *verdict_lines(held, over=short["expired"]),
        *([f"To renew it: {held.renew} --fresh"] if held.renew else []),
        f"The whole card: evalkit report judge {digest}",
    ]
    click.echo("\n".join(printable(" ".join(line.split())) for line in lines))
    return 0


def _is_probe(one: Any) -> bool:
    return isinstance(one, dict) and {"n", "flipped", "share"} <= one.keys()


def _figures(findings: dict[str, Any]) -> list[str]:
    agreement = findings.get("agreement") or {}
    rows = [("raw agreement", agreement.get("raw")), ("Cohen's kappa", agreement.get("kappa"))]
    rows += [(name, findings.get(name)) for name in ("sensitivity", "specificity")]
    return [f"{name}: {_figure(one)}" for name, one in rows if isinstance(one, dict)]


def _figure(one: Any) -> str:
    if not isinstance(one, dict) or one.get("point") is None:
        return "none"
    interval = "" if one.get("lo") is None else f" [{one['lo']:.3f}, {one['hi']:.3f}]"
    return f"{one['point']:.3f}{interval}"


def _short(one: Any) -> dict[str, Any]:
    """A certificate in a line."""
    from evalkit.engine.certify import expired

    now = datetime.now(UTC).isoformat(timespec="seconds")
    spec = one.judge_spec
    over = one.expires is not None and expired(one.expires, now)
    return {
        "digest": one.digest,
        "rubric": one.rubric_id,
        "judge": one.judge,
        "who": str(spec.get("model") or spec.get("name") or spec.get("judge") or "unknown"),
        "n": one.n,
        "agreement": (one.findings.get("agreement") or {}).get("raw"),
        "created": one.created,
        "expires": one.expires,
        "expired": over,
        "usable": one.usable,
        "reasons": one.reasons,
    }


def _row(short: dict[str, Any]) -> tuple[str, ...]:
    vote = "expired" if short["expired"] else "may gate" if short["usable"] else f"no: {short['reasons'][0][:60]}"
    until = short["expires"][:10] if short["expires"] else "no end"
    agreement = _figure(short["agreement"])
    names = (short["digest"][:12], short["rubric"] or "none", short["who"][:40])
    return (*names, f"{short['n']:,}", agreement, until, vote)
