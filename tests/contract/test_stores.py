"""What every `Store` promises, checked on each that ships. A third party's is tested by adding it to STORES."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from evalkit.core.errors import InputError, StoreError
from evalkit.core.evidence import Approval, Evidence, Limits
from evalkit.core.nouns import Failure
from evalkit.core.protocols import Answer, Store
from evalkit.stores.local import LocalStore
from evalkit.stores.memory import MemoryStore
from tests.stores.builders import a_record, asked, rows, tables

STORES: dict[str, Callable[[Path], Store]] = {
    "local": lambda path: LocalStore(path / "workspace", clock=lambda: 1_800_000_000.0),
    "memory": lambda path: MemoryStore(),
}


@pytest.fixture(params=STORES)
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    made = STORES[request.param](tmp_path)
    yield made
    if isinstance(made, LocalStore):
        made.close()


def three_runs(store: Store) -> None:
    """r-old, r-mid, r-new of two suites, a day apart, written in another order than they were made in."""
    store.write_run(a_record("r-new", "2026-01-03T00:00:00Z"), tables())
    store.write_run(a_record("r-old", "2026-01-01T00:00:00+00:00"), tables())
    store.write_run(a_record("r-mid", "2026-01-02T01:00:00+02:00", suite="finance"), tables())


# ---------------------------------------------------------------------------------------------------------------- runs


def test_a_run_reads_back_as_it_was_written(store: Store) -> None:
    record, columns = a_record(baseline="elsewhere"), tables(5)
    store.write_run(record, columns)
    assert store.read_record("run-1") == record
    assert {name: store.read_table("run-1", name) for name in columns} == columns


def test_the_order_of_a_suite_file_survives(store: Store) -> None:
    """Layers run in the order in which they were written."""
    record = a_record()
    source = {"layers": {"task": [], "exact": []}, "cases": "x"}
    store.write_run(record.model_copy(update={"suite": record.suite.model_copy(update={"source": source})}), tables())
    found = store.read_record("latest").suite.source
    assert (list(found), list(found["layers"])) == (["layers", "cases"], ["task", "exact"])


def test_a_table_may_be_streamed(store: Store) -> None:
    schema = pa.schema([("metric", pa.dictionary(pa.int32(), pa.string())), ("n", pa.int64())])

    def batches() -> Iterator[pa.RecordBatch]:
        for i in range(5):  # every batch has a dictionary of its own
            metric = pa.DictionaryArray.from_arrays(pa.array([0, 1], pa.int32()), [f"m{i}", "m"])
            yield pa.record_batch([metric, pa.array([i, i])], schema=schema)

    store.write_run(a_record(), {"scores": pa.RecordBatchReader.from_batches(schema, batches())})
    found = store.read_table("latest", "scores")
    assert found.schema == schema
    assert found["metric"].to_pylist() == [name for i in range(5) for name in (f"m{i}", "m")]
    assert found["n"].to_pylist() == [i for i in range(5) for _ in range(2)]


def test_a_run_is_written_once(store: Store) -> None:
    store.write_run(a_record(), tables())
    with pytest.raises(InputError, match="already a run 'run-1'"):
        store.write_run(a_record(n_extra=7), tables())
    assert store.read_record("run-1").n_extra == 0


@pytest.mark.parametrize("run_id", ["", "..", "../x", "a/b", ".hidden", "latest", "a" * 129, "a\nb"])
def test_a_run_id_is_a_safe_name(store: Store, run_id: str) -> None:
    with pytest.raises(InputError, match="cannot be a run id"):
        store.write_run(a_record(run_id), tables())
    assert store.runs() == []


def test_runs_are_listed_newest_first_and_filtered(store: Store) -> None:
    three_runs(store)
    store.tag("r-old", "nightly")
    store.tag("r-new", "nightly")
    store.set_name("r-mid", "main")
    ids = lambda **filters: [run.run_id for run in store.runs(**filters)]  # noqa: E731
    assert ids() == ["r-new", "r-mid", "r-old"]
    assert ids(suite="flights") == ["r-new", "r-old"]
    assert ids(tag="nightly", limit=1) == ["r-new"]
    assert ids(name="main") == ["r-mid"]
    assert ids(suite="finance", tag="nightly") == []


def test_many_records_are_read_in_order_and_what_is_missing_says_so(store: Store) -> None:
    three_runs(store)
    mid, gone, new = store.read_records(["r-mid", "r-none", "r-new"])
    assert (mid, new) == (store.read_record("r-mid"), store.read_record("r-new"))
    assert isinstance(gone, InputError)


def test_a_summary_says_what_the_record_says(store: Store) -> None:
    record = a_record(baseline="run-0", name="main", labels=["b", "a"], cost=0.5, seconds=2.0)
    store.write_run(record, tables())
    [run] = store.runs()
    assert (run.run_id, run.created, run.suite, run.suite_version) == ("run-1", record.created, "flights", "1")
    assert (run.outcome, run.n_cases, run.cost, run.seconds) == ("pass", 2, 0.5, 2.0)
    assert (run.variants, run.cites) == (("candidate", "baseline"), ("run-0",))
    assert (run.names, run.tags) == (("main",), ("a", "b"))


def test_a_missing_table_is_named_beside_those_that_are_there(store: Store) -> None:
    store.write_run(a_record(), tables())
    with pytest.raises(InputError, match=r"no table 'verdicts'.*cases, scores"):
        store.read_table("run-1", "verdicts")


def test_a_report_may_be_attached_and_replaced(store: Store) -> None:
    store.write_run(a_record(), tables())
    assert store.attach("latest", "report.html", b"one").name == "report.html"
    store.attach("latest", "report.html", b"two")
    for name in ("record.json", "manifest.json", "scores.parquet", "../report.html"):
        with pytest.raises(InputError, match="cannot be attached"):
            store.attach("latest", name, b"x")
    assert store.attach("latest", "compare-1.cases.parquet", b"three").name == "compare-1.cases.parquet"
    assert store.read_record("latest") == a_record()


# ---------------------------------------------------------------------------------------------------------- references


@pytest.mark.parametrize("ref", ["r-mid", "run:r-mid", "r-m", "run:r-m", "main", "run:main", "main:v1", "latest:v1"])
def test_references_to_one_run(store: Store, ref: str) -> None:
    three_runs(store)
    store.set_name("r-mid", "main")
    store.tag("r-mid", "v1")
    assert store.resolve(ref) == "r-mid"


def test_latest_is_the_newest_by_its_own_time(store: Store) -> None:
    three_runs(store)
    assert store.resolve("latest") == store.resolve("run:latest") == "r-new"


def test_an_ambiguous_reference_lists_what_fits(store: Store) -> None:
    three_runs(store)
    with pytest.raises(InputError, match=r"'r-' is the beginning of 3 run ids.*r-new, r-mid, r-old"):
        store.resolve("r-")


@pytest.mark.parametrize("ref", ["", "run:", "nothing", "main:v2", "mian", ":v1"])
def test_an_unknown_reference_names_the_nearest_and_the_last_runs(store: Store, ref: str) -> None:
    three_runs(store)
    store.set_name("r-mid", "main")
    store.tag("r-mid", "v1")
    with pytest.raises(InputError, match=r"no such run.*The last runs are r-new, r-mid \(main\), r-old") as caught:
        store.resolve(ref)
    assert ("Did you mean main" in str(caught.value)) == (ref in ("main:v2", "mian", ":v1"))


def test_an_empty_store_says_how_to_make_a_run(store: Store) -> None:
    with pytest.raises(InputError, match=r"holds no run yet; `evalkit run"):
        store.read_record("latest")


# ------------------------------------------------------------------------------------------------------ names and tags


def test_a_name_moves_and_name_colon_tag_remembers(store: Store) -> None:
    three_runs(store)
    store.tag("r-old", "v1")
    store.tag("r-new", "v1")  # was never main
    store.set_name("r-old", "main")
    store.set_name("r-mid", "main")
    assert store.resolve("main") == "r-mid"
    assert store.resolve("main:v1") == "r-old"
    assert [run.names for run in store.runs()] == [(), ("main",), ()]


def test_a_run_that_is_called_as_a_name_was_is_found_by_its_id(store: Store) -> None:
    three_runs(store)
    store.set_name("r-old", "main")
    store.write_run(a_record("main"), tables())
    assert store.resolve("main") == "main"


def test_a_name_and_a_tag_can_be_taken_back(store: Store) -> None:
    three_runs(store)
    store.set_name("r-old", "main")
    store.tag("r-old", "a", "b", "a")
    store.untag("r-old", "a", "never")
    store.unname("main")
    assert [run.tags for run in store.runs()] == [(), (), ("b",)]
    with pytest.raises(InputError, match="no such run"):
        store.resolve("main")


@pytest.mark.parametrize("name", ["", "latest", "a:b", "a b", "-x", "x" * 101, "r-old"])
def test_a_name_cannot_be_what_means_something_else(store: Store, name: str) -> None:
    three_runs(store)
    with pytest.raises(InputError, match="cannot be"):
        store.set_name("latest", name)
    assert all(run.names == () for run in store.runs())


@pytest.mark.parametrize("changes", [{"name": "a b"}, {"labels": ["ok", "a:b"]}, {"created": "yesterday"}])
def test_a_record_that_could_not_be_found_again_is_not_written(store: Store, changes: dict[str, object]) -> None:
    with pytest.raises(InputError, match=r"cannot be the|ISO 8601"):
        store.write_run(a_record(**changes), tables())
    assert store.runs() == []


# ------------------------------------------------------------------------------------------------------------ deleting


def test_what_is_needed_is_deleted_only_by_force(store: Store) -> None:
    store.write_run(a_record("base"), tables())
    store.write_run(a_record("next", "2026-01-02T00:00:00Z", baseline="base"), tables())
    store.set_name("next", "main")
    store.tag("next", "v1")
    with pytest.raises(InputError, match="cited by next"):
        store.delete("base")
    with pytest.raises(InputError, match="main, v1"):
        store.delete("next")
    store.delete("next", force=True)
    store.delete("base")
    assert store.runs() == []
    with pytest.raises(InputError):
        store.resolve("main")


def test_a_run_that_is_written_again_bears_no_old_marks(store: Store) -> None:
    store.write_run(a_record(name="main", labels=["v1"]), tables())
    store.delete("run-1", force=True)
    store.write_run(a_record(), tables())
    assert store.runs()[0].names == store.runs()[0].tags == ()


# ------------------------------------------------------------------------------------------------ journal, cache, blobs

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
failures = st.builds(Failure, kind=st.sampled_from(["system", "harness"]), reason=st.text(), message=st.text())
amounts = st.none() | st.floats(0, 1e6)
answers = st.one_of(
    st.builds(
        Answer,
        output=json_values,
        seconds=amounts,
        cost=amounts,
        tokens_in=st.none() | st.integers(0, 10**9),
        confidence=st.none() | st.floats(0, 1),
        model=st.none() | st.text(),
        trace=json_values,
    ),
    st.builds(Answer, failure=failures, seconds=amounts),
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.dictionaries(st.tuples(st.text(max_size=8), st.integers(0, 3)), answers, max_size=6))
def test_answers_survive_journal_and_cache_unchanged(store: Store, data: dict[tuple[str, int], Answer]) -> None:
    journal = store.journal("a-plan")
    journal.append([(asked(*key), answer) for key, answer in data.items()])
    journal.close()
    journal = store.journal("a-plan")
    assert journal.load() == data
    journal.close(done=True)
    keys = {f"{case}|{repeat}": answer for (case, repeat), answer in data.items()}
    store.cache().put(list(keys.items()))
    assert store.cache().get_many([*keys, "absent"]) == keys


def test_a_journal_is_continued_and_goes_when_done(store: Store) -> None:
    journal = store.journal("plan")
    assert journal.load() == {}
    journal.append(rows(0, 3))
    journal.append([])
    journal.close()
    journal = store.journal("plan")
    assert len(journal.load()) == 3
    journal.append(rows(3, 2))
    journal.append([(asked("c0"), Answer(output="again"))])
    journal.close()
    journal.close()
    journal = store.journal("plan")
    found = journal.load()
    assert journal.dropped == 0
    assert list(found) == [(f"c{i}", 0) for i in range(5)]
    assert found["c0", 0].output == "again"
    journal.close(done=True)
    journal = store.journal("plan")
    assert journal.load() == {}
    journal.close()


def test_a_journal_has_one_holder(store: Store) -> None:
    journal = store.journal("plan")
    other = store.journal("another plan/with: odd characters")
    with pytest.raises(StoreError, match="same plan is being run"):
        store.journal("plan")
    journal.close()
    store.journal("plan").close()
    other.close()


@pytest.mark.parametrize("output", [float("nan"), float("inf"), object(), {"x": {1, 2}}])
def test_what_is_not_json_is_refused_by_name(store: Store, output: object) -> None:
    journal = store.journal("plan")
    batch = [*rows(0, 2), (asked("culprit"), Answer(output=output))]
    with pytest.raises(InputError, match="case 'culprit'"):
        journal.append(batch)
    with pytest.raises(InputError, match="cache key k"):
        store.cache().put([("k", Answer(output=output))])
    assert journal.load() == {}
    journal.append(rows(0, 1))
    assert len(journal.load()) == 1
    journal.close(done=True)


def test_the_cache_keeps_the_last_answer_of_a_key(store: Store) -> None:
    cache = store.cache()
    assert cache.get("a") is None
    cache.put([("a", Answer(output=1)), ("b", Answer(failure=Failure(kind="system", reason="refused")))])
    cache.put([("a", Answer(output=[2], cost=0.1))])
    assert cache.get("a") == Answer(output=[2], cost=0.1)
    assert cache.get_many(["b", "c"]) == {"b": Answer(failure=Failure(kind="system", reason="refused"))}
    many = [(f"k{i}", Answer(output=i)) for i in range(1203)]
    store.cache().put(many)
    assert cache.get_many([key for key, _ in many]) == dict(many)


def test_blobs_are_found_by_their_content(store: Store) -> None:
    digest = store.put_blob(b"bytes")
    assert digest == store.put_blob(b"bytes")
    assert store.get_blob(digest) == b"bytes"
    assert store.get_blob(store.put_blob(b"")) == b""
    with pytest.raises(InputError, match="no such blob"):
        store.get_blob("f" * 64)
    with pytest.raises(InputError, match="not the digest"):
        store.get_blob("../" + "f" * 61)


# ------------------------------------------------------------------------------------------------------------ evidence


def an_approval(store: Store, created: str = "2026-01-05T00:00:00+00:00", who: str = "ann") -> Approval:
    return Approval(created=created, who=who, approved=True, record=store.read_record("run-1").digest)


def test_evidence_reads_back_oldest_first_and_is_kept_once(store: Store) -> None:
    store.write_run(a_record(), tables())
    assert store.evidence("latest") == []
    late = an_approval(store)
    early = Limits(created="2026-01-05T00:30:00+01:00", sentences=["not for medicine", "\u202e<b>\x00"])  # 23:30 UTC
    found: list[Evidence] = [early, late]
    paths = [store.add_evidence("run:run-1", one) for one in (late, early, late)]
    assert paths[0] == paths[2] != paths[1]
    assert paths[0].name == f"{late.digest}.json"
    assert paths[0].parent.name == "evidence"
    assert store.evidence("latest") == found


def test_evidence_belongs_to_its_run(store: Store) -> None:
    three_runs(store)
    store.write_run(a_record(), tables())
    store.add_evidence("run-1", an_approval(store))
    assert store.evidence("r-new") == []
    with pytest.raises(InputError, match="no such run"):
        store.add_evidence("nothing", an_approval(store))
    with pytest.raises(InputError, match="no such run"):
        store.evidence("nothing")


def test_evidence_without_a_time_is_refused(store: Store) -> None:
    store.write_run(a_record(), tables())
    with pytest.raises(InputError, match="approval evidence, created: 'soon' is not an ISO 8601 time"):
        store.add_evidence("run-1", an_approval(store, created="soon"))
    assert store.evidence("run-1") == []


def test_a_run_with_evidence_is_deleted_only_by_force(store: Store) -> None:
    store.write_run(a_record(), tables())
    store.add_evidence("run-1", an_approval(store))
    with pytest.raises(InputError, match=r"it has evidence \(1\)"):
        store.delete("run-1")
    store.delete("run-1", force=True)
    store.write_run(a_record(), tables())
    assert store.evidence("run-1") == []


def test_a_record_has_one_digest_wherever_it_is_kept(store: Store) -> None:
    record = a_record(seconds=2.0, cost=0.1)
    store.write_run(record, tables())
    assert store.read_record("run-1").digest == record.digest
    assert record.digest != a_record(seconds=2.5, cost=0.1).digest
