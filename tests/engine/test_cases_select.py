"""Narrowing cases, their clusters, and a suite held against its cases."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evalkit.core.errors import InputError
from evalkit.core.tables import CaseTable
from evalkit.engine.cases import groups_of, read_cases, select
from evalkit.engine.suite import check_against_cases, read_suite


def made(tmp_path: Path, rows: list[dict[str, Any]]) -> CaseTable:
    (tmp_path / "c.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    return read_cases(tmp_path / "c.jsonl")


@pytest.fixture
def cases(tmp_path: Path) -> CaseTable:
    rows = [
        {
            "id": f"{origin}-{i}",
            "input": f'Say "{i}"',
            "expected": origin.title(),
            "tags": {"origin": origin, "n": i % 3},
        }
        for i, origin in enumerate(["JFK", "LGA", "EWR"] * 4)
    ]
    rows.append({"id": "none", "input": "50% [x]"})
    return made(tmp_path, rows)


@pytest.mark.parametrize(
    ("filters", "limit", "expected"),
    [
        ([], None, 13),
        ([], 5, 5),
        (["origin=JFK"], None, 4),
        (["tags.origin=JFK"], 3, 3),
        (["origin=JFK", "origin=LGA"], None, 8),
        (["id=JFK-*"], None, 4),
        (["id=JFK-[03]", "id=none"], None, 3),
        (["id=*", "origin=JFK"], None, 4),
        (['text~say "1'], None, 3),
        (["text~say", "text~jfk"], None, 4),
        (["text~50% [X"], None, 1),
    ],
)
def test_filters(cases: CaseTable, filters: list[str], limit: int | None, expected: int) -> None:
    found = select(cases, limit, filters)
    assert len(found) == expected
    kept = [i for i, id_ in enumerate(cases.ids.to_pylist()) if id_ in set(found.ids.to_pylist())]
    assert found.ids.to_pylist() == [cases.ids[i].as_py() for i in kept]  # file order
    assert found.digest() == cases.take(np.array(kept)).digest()


def test_the_first_cases_are_kept(cases: CaseTable) -> None:
    assert select(cases, 2).ids.to_pylist() == ["JFK-0", "LGA-1"]
    assert select(cases, 99) is cases


@pytest.mark.parametrize(
    ("filters", "limit", "said"),
    [
        (["orgin=JFK"], None, "no case has the tag 'orgin'. Nearest: 'origin'. Valid tags: n, origin"),
        (["origin=JFX"], None, "no case has origin=JFX. Nearest: 'JFK'. Valid values: EWR, JFK, LGA"),
        (["origin"], None, "the filter 'origin' is not understood. Write tag=value, id=glob or text~substring"),
        (["id=JFK_0"], None, "no case has an id like 'JFK_0'. Nearest: 'JFK-0'"),
        (["text~zebra"], None, "no input or expected value holds 'zebra'"),
        (["origin=JFK", "n=1"], None, "no case passes the filters origin=JFK, n=1 together"),
        ([], 0, "limit is 0; it must be at least 1"),
    ],
)
def test_filters_that_leave_nothing(cases: CaseTable, filters: list[str], limit: int | None, said: str) -> None:
    with pytest.raises(InputError) as caught:
        select(cases, limit, filters)
    assert said in str(caught.value)


def test_groups_by_first_appearance_of_sorted_ids(tmp_path: Path) -> None:
    rows = [("d", "x"), ("a", "y"), ("c", None), ("b", "x"), ("e", None)]
    codes = groups_of(made(tmp_path, [{"id": id_, "group": group} for id_, group in rows]))
    assert codes is not None
    assert codes.tolist() == [1, 0, 2, 1, 3]
    assert groups_of(made(tmp_path, [{"id": "a", "group": None}, {"id": "b"}])) is None


@settings(max_examples=50, deadline=None)
@given(st.data())
def test_groups_do_not_depend_on_the_order_of_the_file(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    folder = tmp_path_factory.mktemp("groups")
    groups = data.draw(st.lists(st.sampled_from(["x", "y", "z", None]), min_size=1, max_size=12))
    rows = [{"id": f"{i:02}", "group": group} for i, group in enumerate([*groups, "x"])]
    order = data.draw(st.permutations(range(len(rows))))
    first = groups_of(made(folder, rows))
    second = groups_of(made(folder, [rows[i] for i in order]))
    assert first is not None
    assert second is not None
    assert second.tolist() == [int(first[i]) for i in order]
    assert sorted(set(first.tolist())) == list(range(len(set(first.tolist()))))
    by_group = {row["group"]: code for row, code in zip(rows, first.tolist(), strict=True)}
    shared = [code == by_group[row["group"]] for row, code in zip(rows, first.tolist(), strict=True) if row["group"]]
    assert all(shared)
    alone = [code for row, code in zip(rows, first.tolist(), strict=True) if row["group"] is None]
    assert len(alone) == len(set(alone))


SUITE = """\
suite: s
cases: c.jsonl
layers:
  a:
    - f1
    - {accuracy: {when: {origin: JFK}}}
gates:
  - {metric: f1, at_least: 0.5, slice: {origin: JFK, n: 0}, min_n: 4}
slices: [origin, n]
"""


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (
            "{origin: JFK}}}",
            "{origin: JFX}}}",
            "suite.yaml:6: layers.a[1].accuracy.when asks for origin='JFX', which",
        ),
        (
            "{origin: JFK}}}",
            "{orign: JFK}}}",
            "names the tag 'orign', which no case has. Nearest: 'origin'. Valid",
        ),
        ("n: 0}", "n: 1}", "suite.yaml:8: gates[0].slice asks for origin=JFK and n=1, which no case has together"),
        ("n: 0}", "n: 9}", "suite.yaml:8: gates[0].slice asks for n='9', which no case has. Valid values: 0, 1, 2"),
        ("min_n: 4", "min_n: 5", "suite.yaml:8: gates[0].min_n is 5, and the gate has only 4 cases"),
        ("[origin, n]", "[origin, m]", "suite.yaml:9: slices[1] names the tag 'm', which no case has. "),
    ],
)
def test_a_suite_held_against_its_cases(tmp_path: Path, cases: CaseTable, old: str, new: str, said: str) -> None:
    (tmp_path / "suite.yaml").write_text(SUITE)
    check_against_cases(read_suite(tmp_path), cases)
    assert old in SUITE
    (tmp_path / "suite.yaml").write_text(SUITE.replace(old, new))
    with pytest.raises(InputError) as caught:
        check_against_cases(read_suite(tmp_path), cases)
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)
