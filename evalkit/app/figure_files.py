"""Writes the figures of a report as files: SVG and PNG to show, CSV to compute with."""

from __future__ import annotations

import csv
import io
import re
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Literal, NamedTuple

from evalkit.app import chromium
from evalkit.core.errors import InputError, StoreError
from evalkit.report.figure_files import csv_rows, svg_file
from evalkit.report.figures import Figure

__all__ = ["FORMATS", "Written", "write_figures"]

Format = Literal["svg", "png", "csv"]
FORMATS: tuple[Format, ...] = ("svg", "png", "csv")
_SIZE = re.compile(r' width="([\d.]+)" height="([\d.]+)"')


class Written(NamedTuple):
    """The files that were written, and why some that were asked for were not ("" where all were)."""

    files: list[Path]
    left_out: str


def write_figures(directory: Path, figures: Iterable[Figure], formats: Sequence[Format] = FORMATS) -> Written:
    """Write every figure as `<its ident>.svg`, `.png` and `.csv`; PNG where a Chromium is found.

    Raises:
        InputError: the folder cannot be made.
        StoreError: a file cannot be written.
    """
    try:
        directory.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"the folder {directory} cannot be made: {error.strerror}") from error
    browser = chromium.find() if "png" in formats else None
    left_out = "no PNG: no Chromium was found" if "png" in formats and browser is None else ""
    named = _named(figures)
    files: list[Path] = []
    for name, figure in named.items():
        if "svg" in formats:
            files.append(_write(directory / f"{name}.svg", svg_file(figure)))
        if "csv" in formats:
            files.append(_write(directory / f"{name}.csv", _csv(figure)))
    if browser is not None:
        try:
            files += _pngs(directory, named)
        except InputError as error:
            left_out = f"no PNG: {error.what}"
    return Written(files, left_out)


def _pngs(directory: Path, named: dict[str, Figure]) -> list[Path]:
    """The pictures that the SVG files hold, at two pixels a point, in one start of the browser."""
    with tempfile.TemporaryDirectory(prefix="evalkit-", ignore_cleanup_errors=True) as spare:
        pictures = [_picture(Path(spare) / f"{name}.svg", directory, figure) for name, figure in named.items()]
        chromium.pngs(pictures)
    return [picture.out for picture in pictures]


def _named(figures: Iterable[Figure]) -> dict[str, Figure]:
    """File name -> figure; idents are ours, and whatever one holds, a name stays inside its folder."""
    found: dict[str, Figure] = {}
    for figure in figures:
        stem = re.sub(r"[^A-Za-z0-9_-]+", "-", figure.ident).strip("-") or "figure"
        name, n = stem, 1
        while name in found:
            n += 1
            name = f"{stem}-{n}"
        found[name] = figure
    return found


def _csv(figure: Figure) -> str:
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows(csv_rows(figure))
    return out.getvalue()


def _picture(drawn: Path, directory: Path, figure: Figure) -> chromium.Picture:
    text = svg_file(figure)
    size = _SIZE.search(text)
    width, height = (float(size[1]), float(size[2])) if size else (920.0, 600.0)
    out = directory / f"{drawn.stem}.png"
    return chromium.Picture(_write(drawn, text), out, round(width), round(height))


def _write(file: Path, text: str) -> Path:
    try:
        file.write_text(text, encoding="utf-8", newline="")
    except OSError as error:
        raise StoreError(f"the figure cannot be written: {error.strerror}", str(file)) from error
    return file
