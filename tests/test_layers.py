"""The layer table of the architecture, enforced: which package may import which."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent / "evalkit"

ALLOWED: dict[str, set[str]] = {
    "core": set(),
    "stats": set(),
    "metrics": {"core"},
    "providers": {"core"},
    "judges": {"core", "providers"},
    "predictors": {"core", "providers"},
    "stores": {"core"},
    "report": {"core"},
    "engine": {"core", "stats"},
    "pipeline": {"core", "stats", "engine"},
    "adapters": {"core"},
    "app": {
        "core",
        "stats",
        "metrics",
        "providers",
        "judges",
        "predictors",
        "stores",
        "report",
        "engine",
        "pipeline",
        "adapters",
    },
}
# What users write against is reached as `evalkit.X` and lives lower down; the package's front door names its homes.
FRONT = {"__init__.py", "__main__.py"}
FORBIDDEN_IN_CORE = {"socket", "requests", "aiohttp", "random", "time", "subprocess", "sqlite3", "urllib"}


def imports(path: Path) -> Iterator[tuple[int, str]]:
    """(line, dotted module) of every import in a file, wherever it stands."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.lineno, ("." * node.level) + (node.module or "")


def violations(root: Path) -> list[str]:
    """Every import against the table, as file:line: rule."""
    found = []
    for path in sorted(root.rglob("*.py")):
        layer = path.relative_to(root).parts[0]
        if layer in FRONT:
            continue
        for line, module in imports(path):
            where = f"{path.relative_to(root.parent)}:{line}"
            top, _, rest = module.partition(".")
            if module.startswith("."):
                found.append(f"{where}: relative import; write the full path, so that the layer is visible")
            elif top == "evalkit" and rest and rest.split(".")[0] not in ALLOWED[layer] | {layer}:
                allowed = ", ".join(sorted(ALLOWED[layer])) or "nothing of evalkit"
                found.append(f"{where}: {layer} may not import {module} (allowed: {allowed})")
            elif layer == "core" and top in FORBIDDEN_IN_CORE:
                found.append(f"{where}: core does no I/O and knows no clock or randomness, but imports {module}")
    return found


def test_imports_follow_the_layer_table() -> None:
    assert violations(ROOT) == []


def test_every_package_has_a_layer() -> None:
    packages = {path.name for path in ROOT.iterdir() if path.is_dir() and path.name != "__pycache__"}
    assert packages == set(ALLOWED)


def test_a_violation_is_found(tmp_path: Path) -> None:
    bad = tmp_path / "evalkit" / "stats"
    bad.mkdir(parents=True)
    (bad / "x.py").write_text("from evalkit.core.nouns import Case\nfrom . import y\n", encoding="utf-8")
    found = violations(tmp_path / "evalkit")
    assert len(found) == 2
    assert found[0].startswith("evalkit/stats/x.py:1: stats may not import evalkit.core.nouns")


def test_engine_verbs_do_not_import_each_other() -> None:
    """Only `run.py` sees them all; `predict` may use what puts stored answers in order."""
    verbs = {"plan", "predict", "score", "reduce", "aggregate", "gate", "record"}
    for verb in verbs:
        modules = {module for _, module in imports(ROOT / "engine" / f"{verb}.py")}
        assert not modules & {f"evalkit.engine.{other}" for other in verbs - {verb}}, verb
