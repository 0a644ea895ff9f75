"""`evalkit stats power`: two are given and the third is told."""

from __future__ import annotations

import pytest

from tests.e2e.conftest import called


@pytest.mark.parametrize(
    ("given", "solved", "key", "value"),
    [
        (["--margin", "0.03", "--power", "0.8"], "n", "n", 687),
        (["--margin", "0.03", "--n", "687"], "power", "power", 0.8),
        (["--n", "687", "--power", "0.8"], "min_detectable", "min_detectable", 0.03),
    ],
)
def test_any_one_follows_from_the_others(
    capfd: pytest.CaptureFixture[str], given: list[str], solved: str, key: str, value: float
) -> None:
    found = called(capfd, "stats", "power", "--kind", "paired", "--discordance", "0.1", *given, "--json")
    assert found.code == 0
    assert found.json["solved"] == solved
    assert found.json[key] == pytest.approx(value, rel=1e-3)


def test_people_get_a_sentence(capfd: pytest.CaptureFixture[str]) -> None:
    given = ("--kind", "mean", "--sd", "1", "--n", "400", "--drop", "0.2", "--clusters", "40", "--icc", "0.1")
    found = called(capfd, "stats", "power", *given)
    assert "400 cases in 40 groups fail it" in found.out


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (["--kind", "paired", "--n", "100"], "discordance is not given"),
        (["--kind", "paired", "--discordance", "0.1", "--power", "0.8"], "alone is given"),
        (["--kind", "paired", "--discordance", "0.1", "--n", "9", "--power", "0.8", "--margin", "1"], "all given"),
        (["--kind", "mean", "--sd", "-1", "--n", "100"], "sd is -1"),
        (["--kind", "mean", "--sd", "1", "--n", "1"], "n is 1"),
        (["--kind", "mean", "--sd", "0", "--n", "9", "--margin", "1"], "sd is 0, not above 0"),
        (["--kind", "paired", "--discordance", "0.1", "--sd", "1", "--n", "9"], "sd is of the kind mean"),
        (["--kind", "mean", "--sd", "1", "--n", "90", "--icc", "0.2"], "and no groups"),
        (["--kind", "mean", "--sd", "1", "--n", "9", "--clusters", "10"], "9 cases cannot come in 10 groups"),
        (["--kind", "mean", "--sd", "1", "--n", "9", "--margin", "nan"], "margin is nan"),
        (
            ["--kind", "mean", "--sd", "1", "--clusters", "5", "--icc", "1", "--margin", "0.1", "--power", "0.8"],
            "too few",
        ),
        (["--kind", "mean", "--sd", "1", "--margin", "0", "--power", "0.8"], "not beyond the line"),
    ],
)
def test_bad_input_is_a_sentence(capfd: pytest.CaptureFixture[str], given: list[str], said: str) -> None:
    found = called(capfd, "stats", "power", *given)
    assert found.code == 2
    assert said in found.err
