"""What a suite's verdict is made of, as paths: when none of them changed, the suite need not be run again.

Rather one path too many than one too few: every text of the suite file, and of the specs that are given, that could be
a path is taken for one; Python files bring along what they import from the repository.
"""

from __future__ import annotations

import ast
import os
import re
import shlex
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from evalkit.app.ci.discover import SUITE_NAMES
from evalkit.app.ci.git import Changes, is_new

_LOCKS = re.compile(
    r"pyproject\.toml|setup\.(py|cfg)|[\w.-]*lock(\.json|\.yaml|\.yml|\.toml)?|Pipfile|"
    r"(requirements|constraints)[\w.-]*\.(txt|in)|environment\.ya?ml|\.python-version|\.gitlab-ci\.yml|action\.ya?ml"
)
_WORKFLOWS = ".github/workflows/"
_SUFFIXES = (".py", "/__init__.py")


def changed_everywhere(changes: Changes) -> str:
    """The changed path that every suite depends on (a lock file, the workflow, evalkit itself); empty: none did."""
    import evalkit

    own = _within(Path(evalkit.__file__).parent, changes.root)
    for path in sorted(changes.paths):
        lock = _LOCKS.fullmatch(path.rpartition("/")[2]) or path.startswith(_WORKFLOWS)
        if lock or (own is not None and path.startswith(f"{own}/")):
            return path
    return ""


def removed_suites(changes: Changes, there: Sequence[str]) -> list[str]:
    """Suite files that were there where HEAD and the ref parted and are not now, beside or above those that are."""
    gone = [path for path in sorted(changes.paths) if PurePosixPath(path).name in SUITE_NAMES]
    homes = {parent for path in there for parent in PurePosixPath(path).parents if str(parent) != "."}
    near = [path for path in gone if homes & set(PurePosixPath(path).parents)]
    return [path for path in near if not (changes.root / path).exists() and not is_new(changes, path)]


@dataclass(frozen=True)
class Closure:
    """Paths from the top of the repository: those that count (a folder with all below it), and patterns.

    Attributes:
        outside: the cases file, where it lies outside the repository; else empty.
    """

    paths: frozenset[str]
    patterns: tuple[re.Pattern[str], ...]
    outside: str = ""

    def changed(self, changes: Changes) -> str:
        """The first changed path that the suite depends on, or a file of it that git does not watch; empty: none."""
        for path in sorted(changes.paths):
            if self._holds(path):
                return path
        if self.outside:
            return f"{self.outside} (outside the repository)"
        return next((f"{path} (git does not watch it)" for path in sorted(self.paths) if _unwatched(path, changes)), "")

    def _holds(self, path: str) -> bool:
        if ".evalkit" in path.split("/"):
            return False  # the workspace: what comes of runs, not what goes into them
        parents = [str(parent) for parent in PurePosixPath(path).parents if str(parent) != "."]
        inside = path in self.paths or any(parent in self.paths for parent in parents)
        below = any(known.startswith(f"{path}/") for known in self.paths)  # of a submodule only its folder is named
        return inside or below or any(pattern.fullmatch(path) for pattern in self.patterns)


def closure_of(file: Path, source: Mapping[str, Any], specs: Sequence[Any], changes: Changes) -> Closure:
    """What a suite depends on.

    Args:
        file: the suite file; all of its folder counts, unless that is the top of the repository.
        source: the suite file as read.
        specs: candidate and baseline as they were given on the command line.
        changes: of the repository; a module that was removed counts like one that is there.
    """
    base, here, root = file.resolve().parent, Path.cwd(), changes.root
    there = _There(root, changes.paths)
    told = {key: value for key, value in source.items() if key not in ("suite", "description", "version")}
    texts = [text for value in (told, *specs) for text in _texts(value)]
    files = {base, file.resolve(), *(path for text in texts for path in _paths(text, base, here, there))}
    code = [path for path in files if path.suffix == ".py"]
    files |= set(_imported(code, [here, base, root, root / "src"], there))
    found = {path for one in files for path in (_within(one, root), _within(one.resolve(), root)) if path is not None}
    patterns = [_pattern(text, base, root) for text in source.get("inputs") or []]
    cases = base / str(source.get("cases", ""))
    outside = str(cases) if _within(cases.resolve(), root) is None else ""
    return Closure(frozenset(found - {"."}), tuple(pattern for pattern in patterns if pattern), outside)


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for key, inner in value.items():
            yield str(key)
            yield from _texts(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from _texts(inner)


@dataclass(frozen=True)
class _There:
    """Whether a file is there, or was until it changed."""

    root: Path
    changed: frozenset[str]

    def __call__(self, path: Path) -> bool:
        return path.is_file() or _within(path, self.root) in self.changed


def _paths(text: str, base: Path, here: Path, there: _There) -> Iterator[Path]:
    """What a text might name: a path, a path before or after `:`, `?` or `=`, a word of a command, a module."""
    if len(text) > 4096 or "\0" in text:
        return
    for word in {text, *_words(text)}:
        for part in {word, *re.split(r"[:?=,&]", word)}:
            if not part or part in (".", "/", ".."):
                continue
            for folder in (base, here):
                path = Path(os.path.normpath(folder / part))
                if path not in (folder, there.root) and (path.exists() or path.suffix):
                    yield path
            if re.fullmatch(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)*", part):
                yield from _module(part, [here, base, there.root / "src"], there)


def _words(text: str) -> list[str]:
    try:
        return shlex.split(text)
    except ValueError:
        return text.split()


def _module(name: str, folders: Iterable[Path], there: _There) -> Iterator[Path]:
    """Files of a module, and of the packages that it lies in."""
    parts = name.split(".")
    for folder in folders:
        for depth in range(1, len(parts) + 1):
            head = folder.joinpath(*parts[:depth])
            yield from (path for suffix in _SUFFIXES if there(path := Path(f"{head}{suffix}")))


def _imported(code: Iterable[Path], folders: Sequence[Path], there: _There) -> set[Path]:
    """The files that Python files import, and those that these import, as far as they lie in the folders."""
    seen: set[Path] = set()
    waiting = list(code)
    while waiting:
        file = waiting.pop()
        if file in seen:
            continue
        seen.add(file)
        for name in _imports(file):
            waiting += _module(name, [file.parent, *folders], there)
    return seen


def _imports(file: Path) -> Iterator[str]:
    try:
        tree = ast.parse(file.read_bytes())
    except (SyntaxError, ValueError, OSError):
        return  # it counts itself; what is wrong with it is said when it is run
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            head = f"{node.module}." if node.module else ""
            yield from (f"{head}{alias.name}" for alias in node.names)
            if node.module:
                yield node.module


def _pattern(text: str, base: Path, root: Path) -> re.Pattern[str] | None:
    """A pattern such as `../data/**/*.csv`, from the suite's folder, as one over paths from the top."""
    whole = _within(Path(os.path.normpath(base / text)), root)
    if whole is None:
        return None
    parts = []
    for piece in re.split(r"(\*\*/|\*\*|\*|\?)", whole):
        known = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}
        parts.append(known.get(piece, re.escape(piece)))
    return re.compile("".join(parts) + "(?:/.*)?", re.DOTALL)


def _unwatched(path: str, changes: Changes) -> bool:
    """Whether a file is there that git ignores: nobody can say whether it changed."""
    return path not in changes.known and (changes.root / path).is_file()


def _within(path: Path, root: Path) -> str | None:
    """A path from the top; None outside."""
    for top in (root, root.resolve()):
        if path.is_relative_to(top):
            return path.relative_to(top).as_posix()
    return None
