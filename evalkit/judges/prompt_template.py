"""A rubric's template over a case: only the file's own text is a template, and what the case says stands in fences."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING, Any

from evalkit.judges.rubric_problems import Problems

if TYPE_CHECKING:
    import jinja2

VARIABLES: Mapping[str, tuple[str, ...]] = {
    "single": ("input", "expected", "output", "tags"),
    "pair": ("input", "expected", "output_1", "output_2", "tags"),
}
ANSWERS: Mapping[str, tuple[str, ...]] = {"single": ("output",), "pair": ("output_1", "output_2")}
DEFAULT_TEMPLATES: Mapping[str, str] = {
    "single": "Question:\n{{ input }}\n\nAnswer to judge:\n{{ output }}\n",
    "pair": "Question:\n{{ input }}\n\nOutput 1:\n{{ output_1 }}\n\nOutput 2:\n{{ output_2 }}\n",
}
# What the fences and the verdict block look like. A case that writes one itself gets a space into it.
_OURS = re.compile(r"\[\[(?=\s*(?:BEGIN|END)\b)|<(?=\s*/?\s*verdict\b)", re.IGNORECASE)


class MissingField(Exception):
    """The template reads what this case lacks; the text says which field."""


def check_template(text: str, kind: str, problems: Problems) -> None:
    """Tell a template that is no Jinja2, reads an unknown variable, or never shows what is judged."""
    import jinja2
    from jinja2 import meta

    try:
        names = meta.find_undeclared_variables(environment().parse(text))
        environment().from_string(text)
    except jinja2.TemplateError as error:
        line = getattr(error, "lineno", None)
        at = f" (line {line} of the template)" if line else ""
        problems.add(("template",), f"the template is no Jinja2: {error}{at}", "Correct it.")
        return
    for name in sorted(names - set(VARIABLES[kind])):
        what = f"the template reads {name!r}, which is not there"
        problems.add(("template",), what, f"It sees {', '.join(VARIABLES[kind])}; a part is {{{{ input.{name} }}}}.")
    for name in ANSWERS[kind]:
        if name not in names:
            problems.add(("template",), f"the template never shows {name!r}", f"Put {{{{ {name} }}}} into it.")


@cache
def environment() -> jinja2.Environment:
    """The sandbox: what a template prints goes through `finalize`, which puts it into fences."""
    import jinja2
    from jinja2.sandbox import ImmutableSandboxedEnvironment

    return ImmutableSandboxedEnvironment(
        undefined=jinja2.StrictUndefined, autoescape=False, keep_trailing_newline=False, finalize=_mark
    )


def _mark(value: Any) -> Any:
    """A printed value between marks that no text holds: `fill` turns them into fences."""
    import jinja2

    if isinstance(value, jinja2.Undefined):
        return value
    return f"\0{shown(value)}\1"


def shown(value: Any) -> str:
    """A JSON value as a judge reads it: a text as it is, anything else as JSON."""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, indent=1, default=str)
    return text.replace("\0", "\ufffd").replace("\1", "\ufffd")


def fill(template: jinja2.Template, case: Mapping[str, Any], nonce: str) -> str:
    """The template with the case's fields, each between `[[BEGIN nonce]]` and `[[END nonce]]`.

    A field that is missing or None is not there for the template (`{% if expected is defined %}`); an answer of None
    is, as `null`.

    Raises:
        MissingField: the template reads a field, or a part of one, that the case lacks, or cannot be filled with it.
    """
    import jinja2

    there = {k: v for k, v in case.items() if v is not None or k.startswith("output")}
    try:
        text = template.render(there)
    except jinja2.UndefinedError as error:
        raise MissingField(_told(error)) from None
    except (jinja2.TemplateError, TypeError, ValueError, ArithmeticError, LookupError, AttributeError) as error:
        raise MissingField(f"the template cannot be filled: {str(error)[:200]}") from None
    except RecursionError:
        raise MissingField("the template cannot be filled: the case is nested too deeply") from None
    head, *parts = text.split("\0")
    return head + "".join(_fenced(*part.partition("\1"), nonce) for part in parts)


def neutral(text: str, nonce: str = "") -> str:
    """A case's text in which nothing looks like a fence or a verdict block of evalkit."""
    text = _OURS.sub(lambda match: match.group()[:1] + " " + match.group()[1:], text)
    return text.replace(nonce, "") if nonce else text


def _fenced(inside: str, _: str, after: str, nonce: str) -> str:
    return f"[[BEGIN {nonce}]]\n{neutral(inside, nonce)}\n[[END {nonce}]]{after}"


def _told(error: jinja2.UndefinedError) -> str:
    said = str(error.message or error)
    if match := re.fullmatch(r"'(\w+)' is undefined", said):
        return f"the template reads {match[1]!r}, which the case lacks"
    if match := re.search(r"has no (?:attribute|element) (.+)$", said):
        return f"the template reads {match[1]}, which the case's field lacks"
    return f"the template cannot be filled: {said[:200]}"
