"""A set of features: computed offline on datasets and, where a request comes, on its columns, by the same functions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import pyarrow as pa

from evalkit.core.datasets import Datasets
from evalkit.core.digest import digest_of
from evalkit.core.errors import InputError
from evalkit.core.versions import Dataset
from evalkit.pipeline.features.define import Feature, need_columns

__all__ = ["FeatureSet"]


@dataclass(frozen=True)
class FeatureSet:
    """Features of one kind of thing.

    Attributes:
        name: its own.
        features: in an order in which each finds its inputs: columns of the table, or outputs of those before it.
        keys: columns that say which thing a row is of.
        event_time: column that says since when its values hold; None: they always do.
    """

    name: str
    features: tuple[Feature, ...]
    keys: tuple[str, ...] = ()
    event_time: str | None = None

    def __post_init__(self) -> None:
        """No column is made twice."""
        for field in ("features", "keys"):
            given = getattr(self, field)
            if not isinstance(given, list | tuple):
                raise InputError(f"{field} is {given!r:.80}", self.name, "Give a list")
            object.__setattr__(self, field, tuple(given))
        if len(set(self.keys)) < len(self.keys):
            raise InputError(f"a key is named twice: {list(self.keys)}", self.name, "Name each once")
        made: list[str] = [*self.keys, *([self.event_time] if self.event_time else [])]
        for each in self.features:
            if not isinstance(each, Feature):
                raise InputError(f"{each!r:.80} is no feature", self.name, "Decorate the function: @feature([...])")
            for name in each.outputs:
                if name in made:
                    raise InputError(f"the column {name!r} is made twice", self.name, "Rename one")
                made.append(name)

    @cached_property
    def digest(self) -> str:
        """sha256 of keys, event time and the digests of its features, in order."""
        return digest_of([list(self.keys), self.event_time, [each.digest for each in self.features]])

    @property
    def outputs(self) -> list[str]:
        """Columns that it makes, in order."""
        return [name for each in self.features for name in each.outputs]

    @property
    def inputs(self) -> list[str]:
        """Columns that the table has to have, in order."""
        made: set[str] = set()
        needed = [*self.keys, *([self.event_time] if self.event_time else [])]
        for each in self.features:
            needed += [name for name in each.inputs if name not in made]
            made |= set(each.outputs)
        return list(dict.fromkeys(needed))

    def compute(self, table: pa.Table, *, kept: Sequence[str] = ()) -> pa.Table:
        """Keys, event time, what else is to be `kept`, and the features, for each row in order.

        Raises:
            InputError: a column is not there, or a feature gives something else than it declares.
            RunBroke: a feature raises.
        """
        if isinstance(kept, str):
            raise InputError(f"kept is {kept!r:.80}", self.name, "Give a list of columns")
        need_columns(table, [*self.inputs, *kept], self.name)
        for each in self.features:
            for name, column in each.compute(table).items():
                if name in table.column_names:
                    table = table.drop_columns([name])  # the feature is what counts
                table = table.append_column(name, column)
        first = dict.fromkeys([*self.keys, *([self.event_time] if self.event_time else []), *kept])
        return table.select([*first, *(name for name in self.outputs if name not in first)])

    def offline(
        self, datasets: Datasets, source: Dataset, *, name: str | None = None, kept: Sequence[str] = (), who: str = ""
    ) -> Dataset:
        """Compute on a dataset; keep the result as a dataset, called as this set, that names both as its parents."""
        table = self.compute(datasets.table(source), kept=kept)
        parents = {source.digest: "", self.digest: f"features {self.name}"}
        return datasets.add(name or self.name, [table], parents=parents, made_by=f"features {self.name}", who=who)

    def on_demand(self, request: Mapping[str, Any], schema: pa.Schema | None = None) -> dict[str, Any]:
        """The features of one request, by the functions that made the training rows.

        Args:
            request: the inputs by name; what it has beside them reaches no feature.
            schema: types of the inputs, of the training rows: a whole number of JSON may have been a float there.

        Raises:
            InputError: a feature is not rowwise, or a column is not there.
        """
        if others := [each.name for each in self.features if not each.rowwise]:
            raise InputError(
                f"the feature {others[0]} needs other rows than the request's", self.name, "Serve it from a store"
            )
        if not isinstance(request, Mapping):
            raise InputError(f"the request is a {type(request).__name__}", self.name, "Give a mapping of its inputs")
        if schema is not None and (unknown := [name for name in self.inputs if name not in schema.names]):
            raise InputError(f"the schema has no {unknown[0]!r}", self.name, "Give the schema of the training rows")
        try:
            kinds = {name: schema.field(name).type if schema else None for name in self.inputs}
            row = pa.table({name: pa.array([request[name]], kinds[name]) for name in self.inputs})
        except KeyError as error:
            raise InputError(f"the request has no {error.args[0]!r}", self.name, "Give all inputs") from None
        except (pa.ArrowInvalid, pa.ArrowTypeError) as error:
            said = str(error).splitlines()[0][:200]
            raise InputError(f"the request does not fit the training rows: {said}", self.name, "Correct it") from None
        found = self.compute(row)
        return {name: found.column(name)[0].as_py() for name in self.outputs}
