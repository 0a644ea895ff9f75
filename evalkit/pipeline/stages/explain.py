"""Why a stage runs again: which part of its key is not what it was, down to function, config key and package."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from typing import Any, Literal, NamedTuple

from evalkit.core.digest import canonical_json
from evalkit.core.nouns import Noun
from evalkit.core.texts import clip
from evalkit.pipeline.stages.nouns import KeyParts, Thing

__all__ = ["Change", "Known", "changes", "definitions"]

_MISSING = object()


class Change(Noun):
    """One part of a key that is not what it was."""

    part: Literal["code", "config", "input", "output", "environment", "seed", "version"]
    name: str = ""  # file, config key, input, output, package
    before: Any = None  # null: it was not there
    after: Any = None  # null: it is no longer there
    said: str  # as a sentence without its full stop


class Known(NamedTuple):
    """What stands behind the digests of a key, where it is still there.

    Attributes:
        texts: file of the code -> text.
        packages: name -> version.
    """

    texts: Mapping[str, str]
    packages: Mapping[str, str]


def changes(before: KeyParts, now: KeyParts, was: Known = Known({}, {}), known: Known = Known({}, {})) -> list[Change]:  # noqa: B008 - immutable
    """What differs between two keys of one stage; empty where they are the same.

    Args:
        before, now: the parts of both.
        was, known: sources and packages behind them; what is missing is named by its digest.
    """
    found = [*_code(before, now, was.texts, known.texts), *_config(before.config, now.config)]
    found += [*_inputs(before.inputs, now.inputs), *_outputs(before, now)]
    if before.environment != now.environment:
        found += list(_environment(before, now, was.packages, known.packages))
    for part in ("seed", "version"):
        old, new = getattr(before, part), getattr(now, part)
        if old != new:
            found.append(Change(part=part, before=old, after=new, said=f"the {part} is {new}, was {old}"))
    return found


def definitions(text: str) -> dict[str, str]:
    """Functions and classes of a source, `Class.method` too, with what each says whatever its layout; the rest is "".

    Raises:
        SyntaxError: it is no Python.
    """
    found: dict[str, str] = {}

    def take(body: list[ast.stmt], inside: str) -> None:
        rest = []
        for node in body:
            name = f"{inside}{getattr(node, 'name', '')}"
            if isinstance(node, ast.ClassDef):
                take(node.body, f"{name}.")
                heads = [ast.dump(part) for part in (*node.bases, *node.keywords, *node.decorator_list)]
                found[name] = "".join([found.pop(f"{name}.", ""), *heads])
            elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                found[name] = found.get(name, "") + ast.dump(node)
            else:
                rest.append(ast.dump(node))
        found[inside] = "".join(rest)

    take(ast.parse(text).body, "")
    return found


def _code(before: KeyParts, now: KeyParts, was: Mapping[str, str], known: Mapping[str, str]) -> Iterator[Change]:
    if before.entry != now.entry:
        yield _changed("code", "uses", before.entry, now.entry, f"the function is {now.entry}, was {before.entry}")
    for file in sorted({*before.code, *now.code}):
        old, new = before.code.get(file), now.code.get(file)
        if old == new:
            continue
        if old is None or new is None:
            said = f"{file} is {'new among' if old is None else 'no longer among'} the files of the code"
        else:
            said = f"{file}: {_where(was.get(file), known.get(file))}"
        yield _changed("code", file, old, new, said)


def _where(old: str | None, new: str | None) -> str:
    """Which functions changed."""
    if old is None or new is None:
        return "its bytes changed"
    try:
        before, after = definitions(old), definitions(new)
    except (SyntaxError, ValueError, RecursionError):
        return "its bytes changed, and it is no Python"
    parts = {
        "changed": [n for n in after if n and n in before and after[n] != before[n]],
        "new": [n for n in after if n and n not in before],
        "gone": [n for n in before if n and n not in after],
    }
    said = [f"{', '.join(names[:8])}{' and more' * (len(names) > 8)} {how}" for how, names in parts.items() if names]
    if before[""] != after[""]:
        said.append("what stands outside of functions changed")
    return "; ".join(said) or "only comments and layout changed"


def _config(before: Mapping[str, Any], now: Mapping[str, Any]) -> Iterator[Change]:
    old, new = dict(_leaves(before)), dict(_leaves(now))
    for key in sorted({*old, *new}):
        a, b = old.get(key, _MISSING), new.get(key, _MISSING)
        if a is _MISSING:
            yield _changed("config", key, None, b, f"{key} is new: {_shown(b)}")
        elif b is _MISSING:
            yield _changed("config", key, a, None, f"{key} is gone, was {_shown(a)}")
        elif canonical_json(a) != canonical_json(b):
            yield _changed("config", key, a, b, f"{key}: {_shown(a)} -> {_shown(b)}")


def _leaves(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    if isinstance(value, Mapping) and (value or not path):
        for key, item in value.items():
            yield from _leaves(item, f"{path}.{key}" if path else str(key))
    else:
        yield path, value


def _inputs(before: Mapping[str, Thing], now: Mapping[str, Thing]) -> Iterator[Change]:
    for name in sorted({*before, *now}):
        old, new = before.get(name), now.get(name)
        if old is not None and new is not None and old.identity == new.identity:
            continue
        if old is None or new is None:
            said = f"the input {name} is {'new' if old is None else 'gone'}"
        else:
            said = f"the input {name} is {_thing(new)}, was {_thing(old)}"
        yield _changed("input", name, old and old.digest, new and new.digest, said)


def _thing(thing: Thing) -> str:
    name = clip(thing.name or thing.source, 80)
    return f"{name} {thing.digest[:12]}".strip() + (f" ({thing.rows:,} rows)" if thing.rows is not None else "")


def _outputs(before: KeyParts, now: KeyParts) -> Iterator[Change]:
    for name in sorted({*before.outputs, *now.outputs}):
        old, new = (
            None
            if name not in parts.outputs
            else ":".join(filter(None, (parts.outputs[name].kind, parts.outputs[name].name)))
            for parts in (before, now)
        )
        if old != new:
            yield _changed("output", name, old, new, f"the output {name} is {new or 'gone'}, was {old or 'not there'}")


def _environment(before: KeyParts, now: KeyParts, was: Mapping[str, str], known: Mapping[str, str]) -> Iterator[Change]:
    if not was or not known:
        yield _changed("environment", "", before.environment, now.environment, "installed packages or Python changed")
        return
    for name in sorted({*was, *known}):
        old, new = was.get(name), known.get(name)
        if old != new:
            yield _changed("environment", name, old, new, f"{name} {new or 'is gone'}, was {old or 'not installed'}")


def _changed(part: Any, name: str, before: Any, after: Any, said: str) -> Change:
    return Change(part=part, name=name, before=before, after=after, said=said)


def _shown(value: Any) -> str:
    return clip(canonical_json(value), 80)
