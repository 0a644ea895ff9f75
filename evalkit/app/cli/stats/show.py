"""What `evalkit stats` prints for people."""

from __future__ import annotations

from typing import Any

import click

WIDTH = 60


def show(title: str, found: dict[str, Any]) -> None:
    """The number, its interval drawn, and what was said of it."""
    from evalkit.app.cli.console import printable

    lines = [f"{title}: {_number(found['point'])}  {_interval(found)}", _counted(found)]
    lines += _drawn(found)
    if "p_value" in found and found["p_value"] is not None:
        lines.append(f"p = {found['p_value']:.3g} for no difference; {found['relation'].replace('_', ' ')}")
    if "outcome" in found:
        lines.append(f"{found['outcome'].upper()}: {found['reason']}")
        lines += [found["would_decide"]] if "would_decide" in found else []
    elif "reason" in found:
        lines.append(found["reason"])
    lines += [f"note: {warning}" for warning in found["warnings"]]
    click.echo(printable("\n".join(line for line in lines if line)))


def exit_code(found: dict[str, Any]) -> int:
    """That of the outcome; without one, 3 where the data allow no interval."""
    from evalkit.core.errors import EXIT_FAIL, EXIT_INCONCLUSIVE, EXIT_PASS

    if "outcome" in found:
        codes: dict[str, int] = {"pass": EXIT_PASS, "fail": EXIT_FAIL, "inconclusive": EXIT_INCONCLUSIVE}
        return codes[found["outcome"]]
    return EXIT_PASS if found["lo"] is not None else EXIT_INCONCLUSIVE


def _number(value: float | None) -> str:
    return "none" if value is None else f"{value:.4g}"


def _interval(found: dict[str, Any]) -> str:
    if found["lo"] is None:
        return ""
    return f"[{_number(found['lo'])}, {_number(found['hi'])}] {100 * found['level']:g} %, {found['method']}"


def _counted(found: dict[str, Any]) -> str:
    said = [f"{found['n']:,} case{'s' * (found['n'] != 1)}"]
    if found["n_clusters"] is not None:
        said.append(f"{found['n_clusters']:,} groups")
    if found["n_eff"] is not None and found["n_eff"] != found["n"]:
        said.append(f"as informative as {found['n_eff']:,.0f} independent ones")
    if found["n_unscored"]:
        said.append(f"{found['n_unscored']:,} unscored")
    return ", ".join(said)


def _drawn(found: dict[str, Any]) -> list[str]:
    """The interval as a line, with the value (o), no difference (|) and the margin (:) where they lie."""
    lo: float | None = found["lo"]
    hi, point = float(found["hi"] or 0), found["point"]
    if lo is None or point is None:
        return []
    marks = {}
    if "relation" in found:
        marks = {0.0: "|"} | ({found["line"]: ":"} if found.get("line") else {})
    left, right = min(lo, *marks, point), max(hi, *marks, point)
    if not right > left:
        return []

    def place(x: float) -> int:
        share: float = (x - left) / (right - left)
        return round(share * (WIDTH - 1))

    row = [" "] * WIDTH
    row[place(lo) : place(hi) + 1] = "-" * (place(hi) + 1 - place(lo))
    for x, mark in [(lo, "["), (hi, "]"), *marks.items(), (point, "o")]:
        row[place(x)] = mark
    return [f"{_number(left):>9} {''.join(row)} {_number(right)}"]
