"""Chromium, where there is one: prints a page as PDF, draws a page or a figure as PNG; no network, no profile kept.

A page is printed without its scripts: in print it is complete without them, and what they add is not the same twice.
"""

from __future__ import annotations

import os
import re
import signal
import subprocess
import tempfile
from collections.abc import Generator, Iterable, Sequence
from contextlib import closing
from html import escape
from pathlib import Path
from typing import NamedTuple

from evalkit.app.chromium_found import VARIABLE, find
from evalkit.app.pdf_bytes import settled
from evalkit.app.whole import whole
from evalkit.core.errors import InputError
from evalkit.stores.disk import told, write_file

__all__ = ["VARIABLE", "Picture", "find", "pdf", "png", "pngs"]

SECONDS = 120.0
"""How long a page may take."""
_FLAGS = (
    "--headless=new",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--hide-scrollbars",
    "--force-color-profile=srgb",
    "--no-first-run",
    "--no-default-browser-check",
    "--no-pings",
    "--disable-background-networking",
    "--disable-breakpad",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-domain-reliability",
    "--disable-extensions",
    "--disable-sync",
    "--metrics-recording-only",
    "--password-store=basic",
    "--use-mock-keychain",
    "--host-resolver-rules=MAP * ~NOTFOUND",
)
_INSTALL = (
    f"Install Chromium or Chrome (Debian, Ubuntu: apt-get install chromium; anywhere: playwright install chromium), "
    f"or name one in {VARIABLE}"
)


def pdf(html: Path, out: Path, created: str) -> None:
    """Print a page as PDF; the same page gives the same bytes.

    Args:
        html: the page; its title becomes the PDF's.
        out: the PDF, written whole or not at all.
        created: ISO 8601: the time that the PDF says it was made at.

    Raises:
        InputError: there is no Chromium, or it could not print the page.
        StoreError: the file cannot be written.
    """
    browser = _required("print a PDF")
    with tempfile.TemporaryDirectory(prefix="evalkit-", ignore_cleanup_errors=True) as spare:
        part, page = Path(spare) / "page.pdf", Path(spare) / "page.html"
        page.write_text(_SCRIPT.sub("", html.read_text(encoding="utf-8")), encoding="utf-8")
        flags = ["--no-pdf-header-footer", f"--print-to-pdf={part}", page.as_uri()]
        data = settled(_made(browser, flags, part, b"%PDF-"), created)
    with told(out, "write the PDF"), whole(out) as place:
        place.write_bytes(data)


Drawn = Generator[tuple[Path, bytes], None, None]


class Picture(NamedTuple):
    """A PNG to draw: of which file (a figure (.svg) fills the width), to which, how large in CSS pixels."""

    source: Path
    out: Path
    width: int
    height: int


def png(svg_or_html: Path, out: Path, width: int, height: int, scale: float = 2.0) -> None:
    """Draw a page or a figure as PNG, on white: as `pngs` does."""
    pngs([Picture(svg_or_html, out, width, height)], scale)


def pngs(pictures: Iterable[Picture], scale: float = 2.0) -> None:
    """Draw pages and figures as PNG, on white, in one start of the browser; the same picture gives the same bytes.

    Args:
        pictures: each is written whole or not at all, in this order.
        scale: device pixels a CSS pixel.

    Raises:
        InputError: there is no Chromium, or it could not draw a picture.
        StoreError: a file cannot be written.
    """
    browser = _required("draw a PNG")
    draw = _kept_open if hasattr(os, "posix_spawn") else _started_each
    with (
        tempfile.TemporaryDirectory(prefix="evalkit-", ignore_cleanup_errors=True) as spare,
        closing(draw(browser, pictures, scale, Path(spare))) as drawn,
    ):
        for out, data in drawn:
            with told(out, "write the PNG"):
                write_file(out, data)


def _kept_open(browser: Path, pictures: Iterable[Picture], scale: float, spare: Path) -> Drawn:
    from evalkit.app.chromium_pipe import Session  # only where a child inherits descriptors

    log = spare / "said"
    try:
        session = Session(_command(browser, spare), SECONDS, log)
    except OSError as error:
        raise _not_started(browser, error) from error
    try:
        with session:
            for picture in pictures:
                url = _opened(picture, spare)
                yield picture.out, session.png(url, picture.width, picture.height, scale)
    except TimeoutError:
        raise _late(browser) from None
    except ConnectionError as error:
        said = str(error) or (log.read_text(encoding="utf-8", errors="replace") if log.is_file() else "")
        raise _nothing(browser, "PNG", said) from None


def _started_each(browser: Path, pictures: Iterable[Picture], scale: float, spare: Path) -> Drawn:
    for picture in pictures:
        part = spare / "page.png"
        size = f"--window-size={picture.width},{picture.height}"
        flags = [f"--screenshot={part}", size, f"--force-device-scale-factor={scale:g}", _opened(picture, spare)]
        yield picture.out, _made(browser, flags, part, b"\x89PNG")
        part.unlink()


def _opened(picture: Picture, spare: Path) -> str:
    """The address of the page to draw; a figure gets one around it."""
    page = picture.source
    if page.suffix == ".svg":
        page = spare / "figure.html"
        page.write_text(_FIGURE.format(escape(picture.source.resolve().as_uri()), picture.width), encoding="utf-8")
    return page.resolve().as_uri()


_SCRIPT = re.compile(r"<script\b[^>]*>.*?</script>|</?noscript>", re.DOTALL)
_FIGURE = (
    '<!DOCTYPE html><meta charset="utf-8"><body style="margin:0;background:#fff">'
    '<img src="{}" width="{}" style="display:block" alt="">'
)


def _required(what: str) -> Path:
    browser = find()
    if browser is not None:
        return browser
    if named := os.environ.get(VARIABLE):
        why = f"{VARIABLE} names {named!r:.200}, which cannot be run"
        raise InputError(f"there is no Chromium to {what} with: {why}", remedy=_INSTALL)
    raise InputError(f"there is no Chromium to {what} with", remedy=_INSTALL)


def _made(browser: Path, flags: Sequence[str], part: Path, magic: bytes) -> bytes:
    """What the browser writes into `part`, with a profile of its own beside it.

    Raises:
        InputError: it failed, took too long, or wrote something else.
    """
    said = _run(browser, [*_command(browser, part.parent), *flags])
    data = part.read_bytes() if part.is_file() else b""
    if not data.startswith(magic):
        raise _nothing(browser, part.suffix[1:].upper(), said)
    return data


def _command(browser: Path, spare: Path) -> list[str]:
    """The browser and its flags, with its profile in a folder that goes away."""
    root = hasattr(os, "geteuid") and os.geteuid() == 0  # Chromium has no sandbox for root
    return [str(browser), *_FLAGS, *(["--no-sandbox"] if root else []), f"--user-data-dir={spare / 'profile'}"]


def _run(browser: Path, command: Sequence[str]) -> str:
    """Run the browser and its children to their end; gives what they said."""
    try:
        child = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    except OSError as error:
        raise _not_started(browser, error) from error
    try:
        said, _ = child.communicate(timeout=SECONDS)
    except subprocess.TimeoutExpired:
        raise _late(browser) from None
    finally:
        if child.poll() is None:
            _end(child)
    return said.decode(errors="replace")


def _end(child: subprocess.Popen[bytes]) -> None:
    if hasattr(os, "killpg"):
        os.killpg(child.pid, signal.SIGKILL)
    else:
        child.kill()
    child.communicate()


def _not_started(browser: Path, error: OSError) -> InputError:
    return InputError(f"the browser cannot be started: {error.strerror or error}", str(browser), _INSTALL)


def _late(browser: Path) -> InputError:
    remedy = f"Try again, or with another one, named in {VARIABLE}"
    return InputError(f"the browser did not finish within {SECONDS:g} s", str(browser), remedy)


def _nothing(browser: Path, kind: str, said: str) -> InputError:
    """The error of a browser that ended without the file; what it said chooses the remedy."""
    remedy = f"Try another browser, named in {VARIABLE}"
    if "sandbox" in said.lower():
        remedy = f"Allow user namespaces, or name in {VARIABLE} a script that starts Chromium with --no-sandbox"
    elif "/snap/" in str(browser.resolve()) or browser.resolve().name == "snap":
        remedy = "A snap sees no temporary folder: set TMPDIR to a folder in your home that is not hidden"
    return InputError(f"Chromium wrote no {kind}{_last(said)}", str(browser), remedy)


def _last(said: str) -> str:
    """The last line that says something, without the noise of a machine that has no desktop."""
    lines = [line for line in said.splitlines() if line.strip() and "dbus" not in line]
    return f": {lines[-1].strip()[:300]}" if lines else ""
