"""`evalkit pipeline run --check STAGE`."""

from __future__ import annotations

from evalkit.app.pipeline.bench import Bench
from evalkit.app.pipeline.stages.file import Project


def checked(bench: Bench, project: Project, stage: str, wait: float, *, as_json: bool, quiet: bool) -> int:
    """Run a stage twice and say whether it gave the same; gives the exit code."""
    from evalkit.app.cli.console import note, print_json
    from evalkit.app.pipeline.stages.twice import twice
    from evalkit.core.errors import EXIT_FAIL, EXIT_PASS

    found = twice(bench, project, stage, wait, (lambda line: None) if quiet else note)
    if as_json:
        print_json(found.model_dump(mode="json"))
    for output in found.differs:
        first, second = found.first[output].digest[:12], found.second[output].digest[:12]
        note(f"{stage}: the output {output} differs: {first} and {second}")
    if found.differs:
        note(f"{stage} depends on more than its key: look for the clock, unseeded randomness, or the order of sets")
        return EXIT_FAIL
    note(f"{stage}: both runs gave the same {len(found.first)} output{'s' * (len(found.first) != 1)}")
    return EXIT_PASS
