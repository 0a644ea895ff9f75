"""The page's own unpacking against Python's: any bytes come back, and damaged ones are said instead of shown."""

from __future__ import annotations

import bz2
import hashlib
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from evalkit.report import html
from evalkit.report.explorer.encoding import _PAIRS, _printable, encode
from tests.report.builders import dossier
from tests.report.test_browser import OPEN, Watch

pytestmark = pytest.mark.browser
SCRIPT = Path(html.__file__).parent / "templates/js/bunzip.js"
UNPACK = """async (texts) => {
  const told = async (text) => {
    try { const sum = await crypto.subtle.digest("SHA-256", bunzip(bytesOf(text)));
      return Array.from(new Uint8Array(sum), (b) => b.toString(16).padStart(2, "0")).join(""); }
    catch (error) { return error.message; }
  };
  return Promise.all(texts.map(told));
}"""
DAMAGED = "the packed cases are damaged"


@pytest.fixture(scope="module")
def unpacker(browser: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """A page with nothing but the script in it."""
    page = browser.new_page()
    path = tmp_path_factory.mktemp("bunzip") / "page.html"
    pairs = _PAIRS.tobytes().decode("ascii")
    path.write_text(f'<script type="text/plain" id="x">{pairs}</script>{pairs}', encoding="ascii")
    page.goto(path.as_uri())
    page.add_script_tag(content=SCRIPT.read_text(encoding="utf-8"))
    yield page
    page.close()


def samples() -> list[bytes]:
    """Empty, tiny, repeated, random and long; runs about the lengths that bzip2 treats apart."""
    rng = random.Random(1)
    runs = [b"a" * n for n in (0, 1, 3, 4, 5, 255, 259, 260, 899_981)]
    random_ones = [rng.randbytes(n) for n in (1, 2, 60, 4_000, 120_000)]
    words = [rng.randbytes(rng.randint(1, 9)) for _ in range(200)]
    few = [bytes(rng.randrange(k) for _ in range(700)) for k in (1, 2, 3, 255, 256)]
    mixed = [b"".join(bytes([rng.randrange(3)]) * rng.randint(1, 600) for _ in range(60)) for _ in range(4)]
    long = b" ".join(rng.choice(words) for _ in range(190_000))  # more than one block
    return [*runs, *random_ones, *few, *mixed, bytes(range(256)) * 20, b"\0" * 2_000_000, long]


def test_any_bytes_come_back(unpacker: Any) -> None:
    given = samples()
    found = unpacker.evaluate(UNPACK, [encode(data) for data in given])
    assert found == [hashlib.sha256(data).hexdigest() for data in given]


def test_every_pair_of_characters_survives_the_parser_of_html(unpacker: Any) -> None:
    pairs = _PAIRS.tobytes().decode("ascii")
    assert unpacker.evaluate("document.querySelector('#x').textContent") == pairs
    assert unpacker.evaluate("document.body.lastChild.textContent || document.body.textContent").endswith(pairs)
    whole = unpacker.evaluate("Array.from(bytesOf(document.querySelector('#x').textContent))")
    bits = "".join(f"{byte:08b}" for byte in whole)
    assert [int(bits[i : i + 13], 2) for i in range(0, len(bits), 13)] == list(range(1 << 13))


def test_bytes_that_are_damaged_are_refused(unpacker: Any) -> None:
    rng = random.Random(2)
    for data in (b"hello world " * 2000, rng.randbytes(400), b""):
        packed, bad = bz2.compress(data), []
        for _ in range(150):
            one = bytearray(packed)
            one[rng.randrange(len(one))] ^= 1 << rng.randrange(8)
            bad += [bytes(one), packed[: rng.randrange(len(packed))], packed[:10] + rng.randbytes(60)]
        found = unpacker.evaluate(UNPACK, [_printable(one) for one in bad])
        assert set(found) <= {DAMAGED, hashlib.sha256(data).hexdigest()}  # one bit of filling harms nothing
        assert found.count(DAMAGED) > 400
        twice = [packed + packed, packed + b"xy"]
        assert unpacker.evaluate(UNPACK, [_printable(one) for one in twice]) == [DAMAGED] * 2


@pytest.fixture(scope="module")
def lines() -> tuple[str, ...]:
    """A page with two blocks of cases, in lines."""
    return tuple(html.render(dossier(3000)).split("\n"))


@pytest.fixture
def cut(lines: tuple[str, ...]) -> list[str]:
    """The same, to be damaged."""
    return list(lines)


def test_a_damaged_block_is_said_at_its_cases_and_above_them(browser: Any, tmp_path: Path, cut: list[str]) -> None:
    first = next(i for i, line in enumerate(cut) if 'id="x-data"' in line)
    assert "</script>" in cut[first + 2]
    last, rest = cut[first + 2].split("</script>", 1)
    cut[first + 2] = last[: len(last) // 2] + "</script>" + rest
    path = tmp_path / "damaged.html"
    path.write_text("\n".join(cut), encoding="utf-8")
    page = browser.new_page(viewport={"width": 1440, "height": 900})
    watched = Watch(page, path)
    watched.open("#case=flight-02999")
    assert page.inner_text("#x-detail h3") == "flight-02999"
    for place in ("#x-detail", "#x-message"):
        assert "3,000 could not be unpacked: the packed cases are damaged." in page.inner_text(place)
    page.evaluate("() => { location.hash = '#case=flight-00020'; }")
    page.locator("#x-detail h3", has_text="flight-00020").wait_for()
    assert "minutes" in page.inner_text("#x-detail")
    assert page.is_visible("#x-message")
    watched.assert_clean()
    page.close()


def test_a_damaged_head_is_said(browser: Any, tmp_path: Path, cut: list[str]) -> None:
    first = next(i for i, line in enumerate(cut) if 'id="x-data"' in line)
    cut[first] = cut[first][:-20]
    path = tmp_path / "damaged.html"
    path.write_text("\n".join(cut), encoding="utf-8")
    page = browser.new_page()
    watched = Watch(page, path)
    watched.open(wait="#x-message:not([hidden])")
    assert page.inner_text("#x-message") == f"The cases could not be unpacked: {DAMAGED}"
    assert page.locator(OPEN).count() == 0
    watched.assert_clean()
    page.close()
