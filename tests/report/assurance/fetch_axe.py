"""Brings axe-core, which the browser tests ask about every page, into the environment (`make test-all`).

From npm where it is installed, else out of a package of PyPI that carries it; either is held against its digest. Where
neither can be had it says so and ends well: the tests that need it skip with the reason, and in CI a skip is a failure.

    python tests/report/assurance/fetch_axe.py
"""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from collections.abc import Callable
from pathlib import Path

AXE = Path(sys.prefix) / "axe" / "axe.min.js"
NPM, NPM_SHA = "axe-core@4.14.1", "29348999450cdf2849a8e70b7912fc2da85a849da39c0d0d5394f51d4a9ed95c"
PYPI, PYPI_SHA = "axe-playwright-python==0.1.8", "84494fec757e4710dc751c8d7a636e457f4532f08f85c86dc9070133fbff53bc"
_LONGEST = 300.0  # seconds that a download may take


def main() -> int:
    """Always 0: what is missing is said."""
    if AXE.is_file() and hashlib.sha256(AXE.read_bytes()).hexdigest() in (NPM_SHA, PYPI_SHA):
        return 0
    for source, sha, fetch in ((NPM, NPM_SHA, from_npm), (PYPI, PYPI_SHA, from_pypi)):
        why = fetched(sha, fetch)
        if not why:
            print(f"axe-core: {source}")
            return 0
        print(f"axe-core: not {source}: {why}", file=sys.stderr)
    return 0


def fetched(sha: str, fetch: Callable[[Path], bytes]) -> str:
    """Put the script where tests look for it; why it could not be done, or the empty text."""
    with tempfile.TemporaryDirectory(prefix="evalkit-axe-") as folder:
        try:
            script = fetch(Path(folder))
        except (OSError, LookupError, subprocess.SubprocessError, tarfile.TarError, zipfile.BadZipFile) as error:
            told = getattr(error, "stderr", None) or b""
            return " ".join((told.decode("utf-8", "replace")[-300:] or str(error)).split())
    found = hashlib.sha256(script).hexdigest()
    if found != sha:
        return f"its sha256 is {found}, and {sha} was expected"
    AXE.parent.mkdir(parents=True, exist_ok=True)
    AXE.write_bytes(script)
    return ""


def from_npm(folder: Path) -> bytes:
    """The script out of the package of npm.

    Raises:
        LookupError: there is no npm, or no script in the package. SubprocessError: npm could not fetch it.
    """
    npm = shutil.which("npm")
    if npm is None:
        raise LookupError("there is no npm")
    command = [npm, "pack", NPM, "--silent", "--ignore-scripts"]
    subprocess.run(command, cwd=folder, check=True, capture_output=True, timeout=_LONGEST)
    with tarfile.open(next(folder.glob("*.tgz"))) as archive:
        member = archive.extractfile("package/axe.min.js")
        if member is None:
            raise LookupError("the package has no axe.min.js")
        return member.read()


def from_pypi(folder: Path) -> bytes:
    """The script out of the wheel of PyPI that carries it; the wheel itself is not installed.

    Raises:
        SubprocessError: pip could not fetch it. KeyError: no script in the wheel.
    """
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps"]
    subprocess.run([*command, "-d", str(folder), PYPI], check=True, capture_output=True, timeout=_LONGEST)
    with zipfile.ZipFile(next(folder.glob("*.whl"))) as wheel:
        return wheel.read("axe_playwright_python/axe.min.js")


if __name__ == "__main__":
    raise SystemExit(main())
