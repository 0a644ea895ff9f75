"""What makes a function give something else another time: the one table of it, and where a source mentions it."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping
from typing import Literal, NamedTuple

__all__ = ["MODULES", "NOUNS", "Kind", "Mention", "dotted", "imported", "mentions"]

Kind = Literal["clock", "chance", "machine", "network", "files"]

NOUNS: Mapping[Kind, str] = {
    "clock": "a clock",
    "chance": "random numbers",
    "machine": "the environment",
    "network": "the network",
    "files": "files",
}

MODULES: Mapping[str, Kind] = {
    "time": "clock",
    "random": "chance",
    "secrets": "chance",
    "uuid": "chance",
    "os": "machine",
    "socket": "network",
    "requests": "network",
    "urllib": "network",
}
"""Modules of which hardly anything is a function of its arguments."""

_CALLS: Mapping[Kind, str] = {
    "clock": "time.time time.time_ns time.localtime time.gmtime time.ctime time.asctime time.strftime time.monotonic "
    "time.monotonic_ns time.perf_counter time.perf_counter_ns time.process_time datetime.now datetime.utcnow "
    "datetime.today date.today Timestamp.now Timestamp.today Timestamp.utcnow",
    "chance": "uuid.uuid1 uuid.uuid4 os.urandom os.getrandom random.SystemRandom secrets.token_bytes secrets.token_hex "
    "secrets.token_urlsafe secrets.choice secrets.randbelow secrets.randbits",
    "machine": "os.getenv os.getpid os.cpu_count socket.gethostname platform.node getpass.getuser",
    "network": "requests.get requests.post requests.request requests.Session httpx.get httpx.post httpx.Client "
    "urllib.request.urlopen urllib.request.urlretrieve socket.socket socket.create_connection",
    "files": "pandas.read_csv pandas.read_parquet pandas.read_json pandas.read_excel pandas.read_pickle numpy.load "
    "numpy.loadtxt numpy.genfromtxt numpy.save numpy.savez numpy.savetxt joblib.load joblib.dump pickle.load "
    "pickle.dump parquet.read_table parquet.write_table csv.read_csv shutil.copy shutil.copyfile shutil.rmtree",
}
_KINDS: Mapping[str, Kind] = {name: kind for kind, names in _CALLS.items() for name in names.split()}
_SEEDED = ("random.default_rng", "random.RandomState", "random.Random")  # of numpy and of Python; chance without a seed


class Mention(NamedTuple):
    """A place that uses one of them.

    Attributes:
        line: of the source, from 1.
        name: as it is written there, such as `dt.datetime.now`.
        kind: what it depends on.
        unseeded: it would be the same each time, had it a seed.
    """

    line: int
    name: str
    kind: Kind
    unseeded: bool = False


def mentions(nodes: Iterable[ast.AST], homes: Mapping[str, str]) -> Iterator[Mention]:
    """Uses of a clock, chance, the machine, the network or files by name; a hint, not a proof.

    Args:
        nodes: of a syntax tree.
        homes: name in the source -> what it stands for, such as `np` -> `numpy`; other names are not looked at.
    """
    for node in nodes:
        if isinstance(node, ast.Call):
            whole = _whole(node.func, homes)
            if whole is not None and whole.endswith(_SEEDED) and not _has_seed(node):
                yield Mention(node.lineno, dotted(node.func) or whole, "chance", True)
            elif isinstance(node.func, ast.Name) and node.func.id == "open" and "open" not in homes:
                yield Mention(node.lineno, "open", "files")
        elif isinstance(node, ast.Name | ast.Attribute) and (kind := _kind(_whole(node, homes))) is not None:
            yield Mention(node.lineno, dotted(node) or "", kind)


def imported(tree: ast.AST) -> dict[str, str]:
    """Name in a source -> what it was imported as."""
    found = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                top = alias.name.split(".")[0]
                found[alias.asname or top] = alias.name if alias.asname else top
        elif isinstance(node, ast.ImportFrom):
            found |= {alias.asname or alias.name: f"{node.module}.{alias.name}" for alias in node.names}
    return found


def dotted(node: ast.AST) -> str | None:
    """`a.b.c` as it is written; None: it is not that."""
    parts = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    return ".".join([node.id, *reversed(parts)]) if isinstance(node, ast.Name) else None


def _whole(node: ast.AST, homes: Mapping[str, str]) -> str | None:
    head, dot, rest = (dotted(node) or "").partition(".")
    return f"{homes[head]}{dot}{rest}" if head in homes else None


def _kind(whole: str | None) -> Kind | None:
    """By the last two or three parts: a class is told by its name, wherever its package keeps it."""
    parts = (whole or "").split(".")
    return next((_KINDS[name] for n in (2, 3) if (name := ".".join(parts[-n:])) in _KINDS), None)


def _has_seed(call: ast.Call) -> bool:
    given = [*call.args, *(keyword.value for keyword in call.keywords)]
    return bool(given) and not (isinstance(given[0], ast.Constant) and given[0].value is None)
