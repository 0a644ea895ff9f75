"""Texts that try to be more than text, and a way to put them everywhere into what a report reads.

`CORPUS` is what a string of ours may hold; `BYTES` is what a file of answers may hold. `poison` replaces every free
text of a dossier, record or evidence by one of the corpus, always the same for the same text: names still refer.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import re
from collections.abc import Mapping
from functools import cache
from typing import Any

import pyarrow as pa
from pydantic import BaseModel, TypeAdapter, ValidationError

from evalkit.core.tables import CaseTable, Column

CORPUS = [
    "</script><script>window.pwned=1</script>",
    "</title></style></textarea><img src=x onerror=window.pwned=1>",
    '" onmouseover="window.pwned=1" autofocus onfocus="window.pwned=1" x="',
    "' style='position:fixed' onload='window.pwned=1",
    "<svg/onload=window.pwned=1><a href=javascript:window.pwned=1>x</a><iframe srcdoc=x>",
    "javascript:window.pwned=1//",
    "data:text/html,<script>window.pwned=1</script>",
    "]]><!-- --><![CDATA[ <!ENTITY x SYSTEM 'file:///etc/passwd'> &lt; &#0; &amp;",
    "{{7*7}} {% raw %} ${7*7} <%= 7*7 %> #{7*7}",
    "right\u202eto left\u2066 \u200f\u061c mark",
    "escape\x1b[31mred\x1b]0;title\x07 nul\x00 bell\x08 c1\x9b31m del\x7f",
    "line\u2028separator\u2029 \ufeff \u200bzero \U000e0001\U000e0068tags",
    '=HYPERLINK("https://evil.example","x") +1 -1 @SUM(A1)',
    "| a | b |\n# heading\n[link](javascript:alert(1)) ![i](https://evil.example) @user #12 `code`",
    "__proto__",
    "constructor",
    "toString",
    "hasOwnProperty",
    "عربية עברית 漢字 ไทย 👩‍🔬 🏴󠁧󠁢󠁥󠁮󠁧󠁿 e\u0301\u0301\u0301\u0301\u0301",
    "x" * 300,
    "https://evil.example/?" + "%2e" * 20,
    "../../etc/passwd\\..\\con",
    "$(touch /tmp/pwned); `id` && rm -rf ~ | cat",
    "NaN",
    "  lead and trail  ",
]
"""Each of them is to be shown as text, wherever it stands."""

BYTES = [
    b'{"case_id": "0", "output": "broken \xff\xfe utf-8 \xc3\x28"}',
    b'{"case_id": "1", "output": "lone \\ud800 surrogate \\udfff"}',
    b'{"case_id": "2", "output": "nul \\u0000 and \\u001b[2J"}',
    b'{"case_id": "3", "output": "' + b"long " * 200_000 + b'"}',
    b'{"case_id": "4", "output": {"__proto__": {"pwned": 1}, "constructor": "</script><script>alert(1)</script>"}}',
]
"""Lines of a file of answers; `evalkit run` reads each or says why it does not."""

EXACT = {
    "flight-00020": "__proto__",
    "flight-00021": "constructor",
    "flight-00022": "toString",
    "careful": "__proto__",
    "baseline": "constructor",
    "brier": "__proto__",
    "f1": "hasOwnProperty",
    "amount_right": "__proto__",
    "origin": "__proto__",
    "carrier": "constructor",
    "scale": "constructor",
    "JFK": "__proto__",
    "millions": "__proto__",
    "no prediction": "__proto__",
    "timeout": "constructor",
}
"""Names that objects of JavaScript have already: as ids, metrics, systems, tags, their values, and reasons."""

_FORMAL = re.compile(r"[0-9a-f]{12,64}|\d{4}-\d\d-\d\d([T ][\d:.]+(Z|[+-][\d:]+)?)?|")
_LOGIC = {
    "kind",
    "outcome",
    "outcomes",
    "alone",
    "shown",
    "state",
    "slug",
    "page",
    "unit",
    "tone",
    "role",
}  # what code reads


def hostile(text: str) -> str:
    """A text of the corpus that stands for this one; formal ones (digests, times) stay, and a contrast stays one."""
    if text in EXACT or _FORMAL.fullmatch(text):
        return EXACT.get(text, text)
    if " - " in text:
        return " - ".join(hostile(part) for part in text.split(" - "))
    row = int.from_bytes(hashlib.sha256(text.encode()).digest()[:4], "big") % len(CORPUS)
    return f"{CORPUS[row]} {text}"


def poison(value: Any) -> Any:
    """The same with every free text made hostile: nouns, dataclasses, columns and tables."""
    if isinstance(value, str):
        return hostile(value)
    if isinstance(value, BaseModel):
        return _noun(value)
    if isinstance(value, CaseTable):
        tags = {hostile(name): _array(column) for name, column in value.tags.items()}
        group = None if value.group is None else _array(value.group)
        texts = (_json(value.input), _json(value.expected))
        return CaseTable(_array(value.ids), *texts, group, tags, value.weight)
    if isinstance(value, pa.Table):
        return _table(value)
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        given = {f.name: getattr(value, f.name) for f in dataclasses.fields(value) if f.init}
        return dataclasses.replace(value, **{k: v if k in _LOGIC else poison(v) for k, v in given.items()})
    if isinstance(value, Mapping):
        return {poison(key): poison(one) for key, one in value.items()}
    if isinstance(value, tuple) and hasattr(value, "_fields"):
        return type(value)(*(v if k in _LOGIC else poison(v) for k, v in value._asdict().items()))
    if isinstance(value, tuple | list):
        return type(value)(poison(one) for one in value)
    return value


def _noun(noun: BaseModel) -> BaseModel:
    """Fields keep what they held where their type refuses the hostile one (a menu of words, a digest)."""
    changed = {}
    for name in type(noun).model_fields:
        old = getattr(noun, name)
        if name in _LOGIC or old is None:
            continue
        new = _values_only(old) if name in ("findings", "probes", "by_system", "limits") else poison(old)
        try:
            _adapter(type(noun), name).validate_python(new)
        except ValidationError:
            continue
        changed[name] = new
    return noun.model_copy(update=changed)


def _values_only(value: Any) -> Any:
    """Of mappings whose keys are a form: texts in them, under the same keys."""
    if isinstance(value, Mapping):
        return {key: _values_only(one) for key, one in value.items()}
    return [_values_only(one) for one in value] if isinstance(value, list) else poison(value)


@cache
def _adapter(cls: type[BaseModel], name: str) -> TypeAdapter[Any]:
    from typing import Annotated

    field = cls.model_fields[name]
    kind: Any = Annotated[(field.annotation, *field.metadata)] if field.metadata else field.annotation
    return TypeAdapter(kind)


def _array(column: pa.Array | pa.ChunkedArray) -> pa.Array:
    texts = [None if one is None else hostile(str(one)) for one in column.to_pylist()]
    return pa.array(texts, pa.string())


def _json(column: Column) -> Column:
    return Column(pa.array([_json_text(one) for one in column.text.to_pylist()], pa.large_string()))


def _json_text(text: str | None) -> str | None:
    return None if text is None else json.dumps(poison(json.loads(text)), ensure_ascii=False)


_JSON = {"output", "trace", "detail"}


def _table(table: pa.Table) -> pa.Table:
    """Text columns; those that hold JSON keep being JSON, and kinds of failure stay what code reads."""
    columns = {}
    for field, column in zip(table.schema, table.columns, strict=True):
        plain = field.type.value_type if pa.types.is_dictionary(field.type) else field.type
        if field.name != "failure_kind" and (pa.types.is_string(plain) or pa.types.is_large_string(plain)):
            found = column.to_pylist()
            texts = [_json_text(x) if field.name in _JSON else None if x is None else hostile(x) for x in found]
            column = pa.array(texts, plain).cast(field.type)
        columns[field.name] = column
    return pa.table(columns, schema=table.schema)
