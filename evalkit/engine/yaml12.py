"""A YAML 1.2 file (a suite, a policy) into plain values, with the line of each."""

from __future__ import annotations

from pathlib import Path

from evalkit.core.errors import InputError
from evalkit.core.yaml12 import MAX_BYTES, KeyPath, YamlDocument, parse_yaml
from evalkit.engine.files import need_file, not_utf8, unreadable

__all__ = ["KeyPath", "YamlDocument", "parse_yaml", "read_yaml"]


def read_yaml(path: Path, kind: str = "suite") -> YamlDocument:
    """Read one YAML 1.2 file.

    Args:
        path: the file.
        kind: what the file is, for the sentences.

    Raises:
        InputError: it is missing, too large, not UTF-8, not YAML, or holds what plain values cannot.
    """
    need_file(path, kind)
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise unreadable(path, kind, error) from None
    if len(data) > MAX_BYTES:
        raise InputError(f"the {kind} is larger than {MAX_BYTES:,} bytes", str(path), "Keep data in files of their own")
    try:
        return parse_yaml(data.decode("utf-8-sig"), str(path))
    except UnicodeDecodeError as error:
        raise not_utf8(str(path), error, line=1) from None
