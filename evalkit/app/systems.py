"""Candidate and baseline specs -> Variants: `name=SCHEME:REST`, `run:ID`, a name in the suite, a matrix."""

from __future__ import annotations

import itertools
import re
import shlex
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, NamedTuple
from urllib.parse import parse_qsl

from evalkit.app.catalog import PREDICTORS, load, names
from evalkit.core.errors import InputError
from evalkit.core.nouns import Suite
from evalkit.core.protocols import LivePredictor, Store, StoredPredictor
from evalkit.core.tables import CaseTable
from evalkit.engine.state import Variant

_NAMED = re.compile(r"([A-Za-z_][\w.-]*)=(.+)", re.DOTALL)
_OPTIONS_AFTER = ("openai", "python", "fake", "command", "recorded", "model")  # in an http URL, `?` is the URL's own
_COMMAND_OPTIONS = re.compile(r"\?(?:(?:version|start_timeout|max_line_bytes)=[^&\s]*(?:&|$))+$")
_FILE_OPTIONS = ("prompt", "prices")
Role = Literal["candidate", "baseline"]


class Spec(NamedTuple):
    """One system, not yet built."""

    name: str | None
    scheme: str
    rest: str
    options: dict[str, Any]


class Built(NamedTuple):
    """A system, and what to call it: the name that was given, or a label where several need telling apart."""

    name: str | None
    label: str
    variant: Variant


@dataclass(frozen=True)
class Systems:
    """Builds variants.

    Attributes:
        suite, suite_base: for `predictors`, `prompt`, and paths in them.
        cases: to see which cases a stored run covers.
        store: where `run:ID` is looked up.
        options: defaults for `openai:` systems from the command line (prompt list, base_url, ...).
    """

    suite: Suite
    suite_base: Path
    cases: CaseTable
    store: Store
    options: dict[str, Any] = field(default_factory=dict)

    def candidates(self, given: Any) -> list[Variant]:
        """All candidates: a spec, a list of specs, a mapping name -> spec, predictors or functions."""
        return _named([built for name, one in _items(given) for built in self._build(name, one, "candidate")])

    def baseline(self, given: Any) -> Variant:
        """The one baseline, which is always called `baseline`."""
        built = self._build(None, given, "baseline")
        if len(built) != 1:
            raise InputError(f"a baseline is one system and {given!r} makes {len(built)}", remedy="Name one of them.")
        return built[0].variant._replace(name="baseline")

    def _build(self, name: str | None, given: Any, role: Role) -> list[Built]:
        if isinstance(given, StoredPredictor | LivePredictor):
            said = tuple(getattr(given, "warnings", ()))
            return [Built(name, type(given).__name__.lower(), Variant("", role, given, warnings=said))]
        if callable(given):
            return [Built(name, getattr(given, "__name__", "function"), Variant("", role, _inline(given)))]
        return [Built(s.name, _label(s), self._variant(s, role)) for s in self.expand(given, name)]

    def _variant(self, spec: Spec, role: Role) -> Variant:
        if spec.scheme in ("run", "baseline"):
            from evalkit.app.stored_run import stored_variant

            return stored_variant(self.store, f"{spec.scheme}:{spec.rest}", self.cases, "", role, self.suite.name)
        known = names("evalkit.predictors", PREDICTORS)
        if spec.scheme not in known:
            raise InputError(
                f"{spec.scheme + ':' + spec.rest!r} is no predictor",
                remedy=f"A predictor is SCHEME:REST with one of {', '.join(sorted(known))}, run:ID, "
                "baseline:NAME, or a name from the suite's `predictors`.",
            )
        more = {"store": self.store} if spec.scheme == "model" else {}  # it lies in this workspace
        return Variant("", role, load(known[spec.scheme]).from_spec(spec.rest, spec.options, **more))

    def expand(self, given: Any, name: str | None) -> list[Spec]:
        """A spec as text or mapping, or a name of the suite's -> one or (lists of models, prompts) several systems."""
        if isinstance(given, Mapping):
            found = self._of_mapping(given, name)
        elif not isinstance(given, str) or not given.strip():
            raise InputError(f"a system is given as text like recorded:answers.jsonl, not {given!r}")
        else:
            if named := _NAMED.fullmatch(given):
                name, given = named[1], named[2]
            if given in self.suite.predictors:
                return self.expand_named(given, name)
            found = [self._of_text(given, name)]
        return [one for spec in found for one in self._matrix(spec)]

    def expand_named(self, key: str, name: str | None) -> list[Spec]:
        """A system of the suite's `predictors`; its paths are relative to the suite file."""
        given = self.suite.predictors[key]
        if isinstance(given, str) and given in self.suite.predictors:
            raise InputError(f"predictor {key!r} of the suite refers to another name, {given!r}")
        name = name or key
        found = self._of_mapping(given, name) if isinstance(given, Mapping) else [self._of_text(given, name)]
        return [one for spec in found for one in self._matrix(_at_base(spec, self.suite_base))]

    def _of_text(self, given: str, name: str | None) -> Spec:
        scheme, colon, rest = given.partition(":")
        if not colon:
            choices = ", ".join(sorted(self.suite.predictors)) or "none"
            raise InputError(
                f"{given!r} is neither SCHEME:REST nor one of the suite's predictors ({choices})",
                remedy="For example recorded:answers.jsonl, python:my_model.py:predict, http://localhost:8000/predict.",
            )
        if scheme == "https":
            return Spec(name, "http", given, {})
        options: dict[str, Any] = {}
        if (place := _options_at(scheme, rest)) >= 0:
            options = dict(parse_qsl(rest[place + 1 :], keep_blank_values=True))
            rest = rest[:place]
        return Spec(name, scheme, rest, options)

    def _of_mapping(self, given: Mapping[str, Any], name: str | None) -> list[Spec]:
        scheme = next((key for key in given if key in names("evalkit.predictors", PREDICTORS)), None)
        if scheme is None:
            raise InputError(
                f"a predictor mapping names its scheme ({', '.join(PREDICTORS)}); it has {', '.join(given)}"
            )
        options = {key: value for key, value in given.items() if key != scheme}
        rests = given[scheme] if isinstance(given[scheme], list) else [given[scheme]]
        if scheme == "openai":
            return [Spec(name, scheme, ",".join(map(str, rests)), options)]
        many = len(rests) > 1
        return [Spec(f"{name}/{rest}" if many and name else name, scheme, str(rest), options) for rest in rests]

    def _matrix(self, spec: Spec) -> list[Spec]:
        """Prompts x models of an `openai:` system; any other system is one."""
        if spec.scheme != "openai":
            return [spec]
        options = {**self.options, **spec.options}
        prompts = options.pop("prompt", None) or self.suite_prompts()
        models, prompts = _listed(spec.rest) or [spec.rest], _listed(prompts) or [None]
        found = []
        for model, prompt in itertools.product(models, prompts):
            parts = [spec.name, model if len(models) > 1 else None, Path(prompt).stem if len(prompts) > 1 else None]
            name = "/".join(part for part in parts if part) or None
            with_prompt = {**options, **({"prompt": prompt} if prompt else {})}
            found.append(spec._replace(name=name, rest=model, options=with_prompt))
        return found

    def suite_prompts(self) -> list[str]:
        """The suite's own prompt files, as paths from here."""
        given = self.suite.prompt
        listed = [given] if isinstance(given, str) else list(given or [])
        return [str(self.suite_base / prompt) for prompt in listed]


def _options_at(scheme: str, rest: str) -> int:
    """Where the `?` stands that begins the options, or -1: an address, a file's name, a command may hold its own."""
    if scheme not in _OPTIONS_AFTER or (scheme == "recorded" and Path(rest).is_file()):
        return -1
    if scheme == "command":
        found = _COMMAND_OPTIONS.search(rest)
        return found.start() if found else -1
    return rest.find("?")


def _at_base(spec: Spec, base: Path) -> Spec:
    """Paths in a suite file are relative to it."""
    options = {
        key: [str(base / one) for one in _listed(value)] if key in _FILE_OPTIONS else value
        for key, value in spec.options.items()
    }
    options |= {key: options[key][0] for key in _FILE_OPTIONS if len(options.get(key, ())) == 1}
    head, colon, tail = spec.rest.partition(":")
    rest = spec.rest
    if spec.scheme in ("recorded", "fake", "python") and (base / head).is_file():
        rest = f"{base / head}{colon}{tail}"
    elif spec.scheme == "command":
        rest = _words_at_base(spec.rest, base)
    return spec._replace(rest=rest, options=options)


def _words_at_base(command: str, base: Path) -> str:
    """A command line whose words that are files beside the suite are found from here."""
    try:
        words = shlex.split(command)
    except ValueError:
        return command  # the predictor says what is wrong with it
    if not any((base / word).is_file() for word in words):
        return command
    found = [str(base / word) if (base / word).is_file() else word for word in words]
    if "/" not in found[0] and (base / words[0]).is_file():
        found[0] = f"./{found[0]}"
    return shlex.join(found)


def _items(given: Any) -> Iterable[tuple[str | None, Any]]:
    if isinstance(given, Mapping) and not set(given) & set(names("evalkit.predictors", PREDICTORS)):
        return given.items()
    return [(None, one) for one in (given if isinstance(given, list | tuple) else [given])]


def _listed(value: Any) -> list[Any]:
    if value is None:
        return []
    return value if isinstance(value, list) else [part for part in str(value).split(",") if part]


def _label(spec: Spec) -> str:
    """A short name where none was given: the model, file or function."""
    if spec.scheme == "openai":
        return spec.rest
    if spec.scheme in ("recorded", "fake"):
        return Path(spec.rest).stem or spec.scheme
    if spec.scheme == "model":
        return spec.rest[:12] if re.fullmatch("[0-9a-f]{8,64}", spec.rest) else spec.rest
    return spec.rest.rpartition(":")[2] if spec.scheme == "python" else spec.scheme


def _named(built: list[Built]) -> list[Variant]:
    """One candidate is `candidate` unless named; of several, each has its label, and equal names get a number."""
    if not built:
        raise InputError("there is no candidate", remedy="Give at least one --candidate SPEC.")
    taken: set[str] = {"baseline"}
    found = []
    for one in built:
        wanted = one.name or (one.label if len(built) > 1 else "candidate")
        name = next(n for n in _numbered(wanted) if n not in taken)
        taken.add(name)
        found.append(one.variant._replace(name=name))
    return found


def _numbered(name: str) -> Iterable[str]:
    yield name
    yield from (f"{name}-{i}" for i in itertools.count(2))


def _inline(function: Callable[..., Any]) -> LivePredictor:
    from evalkit.predictors.inline import Inline

    return Inline(function)
