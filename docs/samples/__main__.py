"""Write the sample reports that the README shows.

python -m docs.samples [--into reports]
"""

from __future__ import annotations

import argparse
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from docs.samples import receipts, support
from docs.samples.still import iso, moment, still
from evalkit.app.compared.dossier import dossier_of
from evalkit.app.comparing import compare_all
from evalkit.app.dossier import assemble
from evalkit.app.judge_cards import card
from evalkit.app.releases import assemble_release
from evalkit.app.releasing.again import again
from evalkit.app.site_build import Asked, build
from evalkit.report import html
from evalkit.report import release as release_page
from evalkit.report.card import page as card_page
from evalkit.report.compared import page as compared_page
from evalkit.report.release import model_card
from evalkit.stores.local import LocalStore

REPORTS = Path(__file__).resolve().parents[2] / "reports"
SITE = "sample-site"


def write(into: Path) -> list[Path]:
    """Write every sample into this folder, in place of those that are there; their paths."""
    into = into.resolve()
    with tempfile.TemporaryDirectory() as folder, still(Path(folder)):
        store = LocalStore(Path("workspace"), clock=lambda: moment(21).timestamp())
        made = dict(_pages(store))
        title = "Sample: evaluations of a made-up desk"
        command = ("evalkit", "report", "site", "DIR", "--limit", "1")
        build(store, Path(SITE), Asked(limit=1, title=title, command=command))
        store.close()
        _deliver(made, Path(SITE), into)
    return sorted(into.glob("sample*"))


def _deliver(pages: dict[str, str], site: Path, into: Path) -> None:
    """Only when all of them could be made."""
    into.mkdir(parents=True, exist_ok=True)
    for name, text in pages.items():
        (into / name).write_text(text, encoding="utf-8")
    shutil.rmtree(into / SITE, ignore_errors=True)
    shutil.copytree(site, into / SITE)


def _pages(store: LocalStore) -> Iterator[tuple[str, str]]:
    made = receipts.run(store)
    yield "sample.html", html.render(assemble(made, store))
    desk = support.run(store)
    yield "sample-judge.html", card_page.render(card(desk.judge.certificate.digest, store, iso(21)))
    command = again(desk.record.run_id, None, "html", ())
    release = assemble_release(store, desk.record.run_id, None, command)
    yield "sample-release.html", release_page.render(release)
    yield "sample-model-card.md", model_card.render(release)
    compared = compare_all(store, [f"run:{run_id}" for run_id in desk.steps], None)
    yield "sample-compare.html", compared_page.make(dossier_of(compared)).html


def main() -> None:
    """Write them, and say what was written."""
    parser = argparse.ArgumentParser(description="Writes the sample reports that the README shows.")
    parser.add_argument("--into", type=Path, default=REPORTS, help="folder [default: reports]")
    for path in write(parser.parse_args().into):
        files = [path] if path.is_file() else [file for file in path.rglob("*") if file.is_file()]
        print(f"{path.name:24} {sum(file.stat().st_size for file in files) / 1000:6.0f} kB")


if __name__ == "__main__":
    main()
