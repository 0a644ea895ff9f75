"""Opening what a person named: a file that is not there, or is not a file, gets a sentence and the nearest name."""

from __future__ import annotations

from pathlib import Path

from evalkit.core.errors import InputError
from evalkit.engine.nearest import listed, nearest

BOM = b"\xef\xbb\xbf"


def need_file(path: Path, kind: str) -> Path:
    """`path`, when it is a readable file.

    Args:
        path: the file as named by the person.
        kind: what it should hold, such as "cases", for the sentence.

    Raises:
        InputError: there is no such file (with the nearest names in its folder), or it is a folder.
    """
    try:
        if path.is_dir():
            raise InputError(
                f"the {kind} should be a file, and this is a folder", str(path), f"It holds {_inside(path)}"
            )
        if path.exists():
            return path
        remedy = _alike(path)
    except (OSError, ValueError) as error:  # a name that is too long or holds NUL, a folder that may not be entered
        raise InputError(f"the {kind} cannot be opened: {_reason(error)}", _shown(path), "Check the path") from None
    raise InputError(f"there is no such {kind} file", str(path), remedy)


def unreadable(path: Path, kind: str, error: OSError) -> InputError:
    """The sentence for a file that exists and cannot be read."""
    return InputError(f"the {kind} cannot be read: {_reason(error)}", str(path), "Check the file and its permissions")


def not_utf8(path: str, error: UnicodeDecodeError, before: int = 0, line: int = 0) -> InputError:
    """The sentence for bytes that are not UTF-8; `before` counts the bytes before the block that was decoded."""
    at = before + error.start
    where = f"{path}:{line + error.object[: error.start].count(10)}" if line else path
    bad = error.object[error.start]
    return InputError(f"byte {at} (0x{bad:02x}) is not UTF-8", where, "Save the file as UTF-8")


def _alike(path: Path) -> str:
    folder = path.parent
    if not folder.is_dir():
        return f"The folder {str(folder)!r} does not exist either"
    names = sorted(entry.name for entry in folder.iterdir())
    close = nearest(path.name, names)
    return f"Nearest: {close!r}. {_there(names, folder)}" if close else _there(names, folder)


def _there(names: list[str], folder: Path) -> str:
    return f"In {str(folder)!r}: {listed(names, 8) or 'nothing'}"


def _inside(folder: Path) -> str:
    return listed(sorted(entry.name for entry in folder.iterdir()), 8) or "nothing"


def _reason(error: OSError | ValueError) -> str:
    return (error.strerror or str(error)).lower() if isinstance(error, OSError) else str(error)


def _shown(path: Path) -> str:
    return str(path).encode("unicode_escape").decode()[:200]
