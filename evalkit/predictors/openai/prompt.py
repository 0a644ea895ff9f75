"""A prompt file: messages with sandboxed Jinja templates, and what goes beside them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from evalkit.core.errors import InputError
from evalkit.core.protocols import CallError, Request
from evalkit.core.texts import clip
from evalkit.providers.yamlfile import read_mapping

if TYPE_CHECKING:
    import jinja2

_KEYS = frozenset({"id", "version", "description", "messages", "tools", "response_format", "parameters", "transform"})
VARIABLES = ("input", "case_id", "repeat")


@dataclass(frozen=True)
class Prompt:
    """Templates over `input`, `case_id` and `repeat`.

    Only the file's own texts are templates: what a case says is put in as data and never read as a template.

    Attributes:
        messages: `{role, content, ...}`; every text inside a `content` is a template.
        tools, response_format, parameters, transform: as in the file.
    """

    messages: tuple[Mapping[str, Any], ...]
    tools: Any = None
    response_format: Any = None
    parameters: Mapping[str, Any] = field(default_factory=dict)
    transform: Any = None

    @classmethod
    def read(cls, path: str) -> Prompt:
        """Read a prompt file.

        Raises:
            InputError: it cannot be read, has an unknown key, no messages, or a template with an error.
        """
        found = read_mapping(path, "prompt", _KEYS)
        messages = found.get("messages")
        if not isinstance(messages, list) or not messages:
            raise InputError("prompt: messages is not a list of {role, content}", path)
        for i, message in enumerate(messages):
            if not isinstance(message, dict) or not isinstance(message.get("role"), str) or "content" not in message:
                raise InputError(f"prompt: messages[{i}] is not a mapping with role and content", path)
        parameters = found.get("parameters") or {}
        if not isinstance(parameters, dict):
            raise InputError("prompt: parameters is not a mapping", path)
        prompt = cls(
            tuple(messages), found.get("tools"), found.get("response_format"), parameters, found.get("transform")
        )
        prompt._check(path)
        return prompt

    def _check(self, path: str) -> None:
        import jinja2
        from jinja2 import meta

        for text in self._texts:
            try:
                names = meta.find_undeclared_variables(self._environment.parse(text))
                self._template(text)
            except jinja2.TemplateError as error:
                raise InputError(f"prompt: template {clip(text, 80)!r}: {error}", path) from None
            if unknown := sorted(names - set(VARIABLES)):
                remedy = (
                    f"A template sees {', '.join(VARIABLES)}; a field of the input is {{{{ input.{unknown[0]} }}}}."
                )
                raise InputError(
                    f"prompt: template {clip(text, 80)!r} uses {unknown[0]!r}, which is not there", path, remedy
                )

    @cached_property
    def reads(self) -> frozenset[str]:
        """Which of the variables the templates use: an answer is pinned by these alone."""
        from jinja2 import meta

        used = (meta.find_undeclared_variables(self._environment.parse(text)) for text in self._texts)
        return frozenset[str]().union(*used)

    def render(self, request: Request) -> list[dict[str, Any]]:
        """The messages for one request.

        Raises:
            CallError: `prompt`; a template needs a field that this case's input lacks.
        """
        import jinja2

        values = {"input": request.input, "case_id": request.case_id, "repeat": request.repeat}
        try:
            return [
                {key: self._fill(item, values) if key == "content" else item for key, item in message.items()}
                for message in self.messages
            ]
        except (jinja2.TemplateError, TypeError, ValueError, ArithmeticError, LookupError, AttributeError) as error:
            told = f"the prompt cannot be made for case {request.case_id!r}: {clip(str(error), 300)}"
            raise CallError("prompt", told) from None

    def _fill(self, value: Any, values: Mapping[str, Any]) -> Any:
        if isinstance(value, str):
            return self._template(value).render(values)
        if isinstance(value, list):
            return [self._fill(item, values) for item in value]
        if isinstance(value, dict):
            return {key: self._fill(item, values) for key, item in value.items()}
        return value

    @cached_property
    def _texts(self) -> tuple[str, ...]:
        return tuple(text for message in self.messages for text in _strings(message["content"]))

    @cached_property
    def _environment(self) -> jinja2.Environment:
        import jinja2
        from jinja2.sandbox import ImmutableSandboxedEnvironment

        return ImmutableSandboxedEnvironment(
            undefined=jinja2.StrictUndefined, autoescape=False, keep_trailing_newline=False
        )

    @cached_property
    def _templates(self) -> dict[str, jinja2.Template]:
        return {}

    def _template(self, text: str) -> jinja2.Template:
        if text not in self._templates:
            self._templates[text] = self._environment.from_string(text)
        return self._templates[text]


def _strings(value: Any) -> list[str]:
    if isinstance(value, str):
        return [value]
    items = value if isinstance(value, list) else value.values() if isinstance(value, dict) else ()
    return [text for item in items for text in _strings(item)]


def messages_of(value: Any) -> list[dict[str, Any]]:
    """Without a prompt file the input is the question: a text, a list of messages, or `{"messages": [...]}`.

    Raises:
        CallError: `prompt`; it is none of these.
    """
    if isinstance(value, str):
        return [{"role": "user", "content": value}]
    if isinstance(value, dict) and isinstance(value.get("messages"), list):
        value = value["messages"]
    if isinstance(value, list) and value and all(isinstance(m, dict) and "role" in m for m in value):
        return value
    message = (
        'the input is no text, list of messages or {"messages": [...]}; an object needs a prompt file (prompt=FILE)'
    )
    raise CallError("prompt", message)
