"""`evalkit --help` against a bare interpreter; `import evalkit`; what may not be imported before a verb needs it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
from measure import Figure, best_of, show

ROUNDS = 15


def main() -> None:
    """Measure and print."""
    python = sys.executable
    bare = best_of(ROUNDS, [python, "-c", "pass"])
    helped = best_of(ROUNDS, [str(Path(python).parent / "evalkit"), "--help"])
    imported = best_of(ROUNDS, [python, "-c", "import evalkit"])
    heavy = _heavy()
    show(
        [
            Figure("evalkit --help / python -c pass", helped / bare, 12, "x", f"{helped:.3f} s / {bare:.3f} s"),
            Figure("evalkit --help", helped, 0.3, "s", "absolute, on this machine"),
            Figure("import evalkit / python -c pass", imported / bare, 5, "x", f"{imported:.3f} s / {bare:.3f} s"),
            Figure("heavy modules after --help", len(heavy), 0, "modules", ", ".join(heavy) or "none"),
        ]
    )


def _heavy() -> list[str]:
    code = (
        "import sys\nfrom evalkit.app.cli.main import cli\n"
        "try: cli.main(['--help'], standalone_mode=False)\nexcept SystemExit: pass\n"
        "heavy = ('pandas', 'scipy', 'openai', 'numpy', 'pyarrow', 'aiohttp')\n"
        "print('HEAVY', *[name for name in heavy if name in sys.modules], sep=',')"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return [name for name in done.stdout.strip().splitlines()[-1].split(",") if name != "HEAVY"]


if __name__ == "__main__":
    main()
