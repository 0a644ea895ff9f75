"""What a stage returned, kept by content: each output of the declared kind, none missing and none more."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from evalkit.app.pipeline.bench import Bench
from evalkit.app.pipeline.stages.things import thing_of_dataset
from evalkit.core.digest import canonical_json, digest_bytes, digest_of
from evalkit.core.errors import EvalkitError, InputError, RunBroke
from evalkit.core.nouns import Noun, Record
from evalkit.core.table_digest import columns_of, plain, table_digest
from evalkit.core.versions import Dataset, Part, content_digest
from evalkit.pipeline.stages.nouns import OutputSpec, Thing

__all__ = ["Keeper", "run_digest"]


def run_digest(record: Record) -> str:
    """What a run found, whenever it was made: suite, questions, systems, answers, verdicts; no times, no costs."""
    variants = [[v.name, v.role, v.digest, v.answers] for v in record.variants]
    decided = [[d.gate.label, d.outcome] for d in record.decisions]
    return digest_of([record.digests.model_dump(mode="json"), record.plan, variants, decided, record.outcome])


@dataclass(frozen=True)
class Keeper:
    """Keeps outputs of one stage.

    Attributes:
        bench: where.
        names: output -> name of its dataset.
        parents: digests of what they are made of.
        made_by: the stage.
        only_digests: nothing is kept, for it is only to be compared.
    """

    bench: Bench
    names: Mapping[str, str]
    parents: tuple[str, ...]
    made_by: str
    only_digests: bool = False

    def kept(self, returned: Any, specs: Mapping[str, OutputSpec]) -> dict[str, Thing]:
        """Keep what a stage returned.

        Raises:
            RunBroke: it is no mapping, an output is missing, unknown, or not of its kind. StoreError: disk.
        """
        if not isinstance(returned, Mapping):
            kind = type(returned).__name__
            raise RunBroke(f"it returned a {kind}, and a stage returns a mapping of its outputs: {', '.join(specs)}")
        missing, more = [n for n in specs if n not in returned], [str(n) for n in returned if n not in specs]
        if missing or more:
            said = [f"did not return {', '.join(missing)}"] * bool(missing)
            said += [f"returned {', '.join(more)[:200]}, which the pipeline file does not declare"] * bool(more)
            raise RunBroke(f"it {' and '.join(said)}", remedy="Return exactly what `outputs` declares")
        return {name: self._one(name, returned[name], spec) for name, spec in specs.items()}

    def _one(self, name: str, value: Any, spec: OutputSpec) -> Thing:
        keep: dict[str, Callable[[str, Any, OutputSpec], Thing]] = {
            "dataset": self._dataset,
            "file": self._file,
            "value": self._value,
            "model": self._model,
            "run": self._run,
        }
        try:
            return keep[spec.kind](name, value, spec)
        except EvalkitError as error:
            raise type(error)(f"the output {name}: {error.what}", error.where, error.remedy) from None
        except (TypeError, ValueError) as error:
            raise RunBroke(f"the output {name} is no {spec.kind}: {error!s:.300}") from None

    def _dataset(self, name: str, value: Any, spec: OutputSpec) -> Thing:
        if isinstance(value, Dataset):
            return thing_of_dataset(self.bench.datasets.find(value.digest) if not self.only_digests else value)
        tables = [plain(table) for table in _tables(value)]
        if self.only_digests:
            full = [table for table in tables if table.num_rows]
            parts = [Part(digest=table_digest(t.to_batches(), t.schema), rows=t.num_rows) for t in full]
            columns = columns_of(tables[-1].schema) if tables else {}
            return Thing(kind="dataset", digest=content_digest(columns, parts), rows=sum(p.rows for p in parts))
        added = self.bench.datasets.add(
            self.names[name], tables, parents=list(self.parents), made_by=self.made_by, note=f"output {name}"
        )
        return thing_of_dataset(added)

    def _file(self, name: str, value: Any, spec: OutputSpec) -> Thing:
        called = Path(spec.name).name or (value.name if isinstance(value, Path) else name)
        if isinstance(value, Path):
            if not value.is_file():
                what = "a folder" if value.is_dir() else "not there"
                raise RunBroke(f"{str(value)!r:.300} is {what}, and a file is wanted")
            value = value.read_bytes()
        if not isinstance(value, bytes):
            raise TypeError(f"it is a {type(value).__name__}; return a Path or bytes")
        return Thing(kind="file", digest=self._blob(value), name=called, size=len(value))

    def _value(self, name: str, value: Any, spec: OutputSpec) -> Thing:
        from pydantic_core import to_jsonable_python

        plain_value = to_jsonable_python(value, inf_nan_mode="constants", fallback=_plain)
        data = canonical_json(plain_value).encode()
        return Thing(kind="value", digest=self._blob(data), size=len(data))

    def _model(self, name: str, value: Any, spec: OutputSpec) -> Thing:
        digest = value if isinstance(value, str) else getattr(value, "artifact", None)
        if not isinstance(digest, str):
            raise TypeError(
                f"it is a {type(value).__name__}; return a training, a model version, or an artifact's digest"
            )
        digest = digest.removeprefix("model:")
        self.bench.store.get_blob(digest)  # it is there, and whole
        return Thing(kind="model", digest=digest, name=str(getattr(value, "name", "")))

    def _run(self, name: str, value: Any, spec: OutputSpec) -> Thing:
        if not isinstance(value, str | Record):
            raise TypeError(f"it is a {type(value).__name__}; return a record or the id of a run")
        record = value if isinstance(value, Record) else self.bench.store.read_record(value.removeprefix("run:"))
        try:
            self.bench.store.resolve(record.run_id)
        except InputError:
            raise InputError(
                f"the run {record.run_id} is not in this workspace", remedy="Run it with workspace=context.bench.root"
            ) from None
        return Thing(kind="run", digest=run_digest(record), name=record.run_id, record=record.digest)

    def _blob(self, data: bytes) -> str:
        return digest_bytes(data) if self.only_digests else self.bench.store.put_blob(data)


def _tables(value: Any) -> Iterable[Any]:
    import pyarrow as pa

    if isinstance(value, pa.Table):
        return [value]
    if isinstance(value, pa.RecordBatch):
        return [pa.Table.from_batches([value])]
    if type(value).__module__.partition(".")[0] == "pandas":
        return [pa.Table.from_pandas(value, preserve_index=False)]
    if hasattr(value, "__arrow_c_stream__"):
        return [pa.table(value)]
    if isinstance(value, Mapping | str | bytes) or not isinstance(value, Iterable):
        raise TypeError(f"it is a {type(value).__name__}; return an Arrow table, tables (one a part), or a data frame")
    return [table for one in value for table in _tables(one)]


def _plain(value: Any) -> Any:
    if isinstance(value, Noun):
        return value.model_dump(mode="json")
    if hasattr(value, "tolist"):
        return value.tolist()
    raise TypeError(f"a {type(value).__name__} is no JSON")
