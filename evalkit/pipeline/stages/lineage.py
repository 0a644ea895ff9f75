"""What was made of what: events of stages, datasets, trainings and registries as one graph, walked back."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any, NamedTuple

from evalkit.core.errors import InputError
from evalkit.core.evidence import Edge, Lineage, Node
from evalkit.core.nouns import Record
from evalkit.core.versions import Dataset
from evalkit.pipeline.stages.nouns import Ran, Thing

__all__ = ["History", "Making", "as_evidence", "tree"]

_KINDS: Mapping[str, Any] = {"path": "source", "dataset": "dataset", "file": "file", "value": "value", "model": "model"}
_MOST_LINES = 400


class Making(NamedTuple):
    """How a thing was made: of what, and by which stage or command."""

    of: list[str]  # ids of nodes
    by: str


class History:
    """Things and how each was made; where the same thing was made twice, the newest making counts.

    A dataset, a model and a file from outside are told by their content; values and files of stages by who made them,
    too, for two stages that both give `3` have nothing to do with each other; a run by its id.
    """

    def __init__(self) -> None:
        """Nothing is known yet."""
        self.nodes: dict[str, Node] = {}
        self.made: dict[str, list[Making]] = {}
        self.ended: dict[str, str] = {}  # id of a dataset -> stage that made it
        self.records: dict[str, str] = {}  # digest of a run's record -> id of its node
        self._by_digest: dict[str, str] = {}

    # ------------------------------------------------------------------------------------------- what happened

    def add_stage(self, ran: Ran) -> None:
        """A stage ran."""
        by = f"{ran.pipeline}.{ran.stage}"
        of = [self._thing(thing, ran.pipeline, thing.source) for thing in ran.parts.inputs.values()]
        for name, thing in ran.made.outputs.items():
            made = self._thing(thing, ran.pipeline, f"{ran.stage}.{name}")
            self.made[made] = [Making([one for one in of if one != made], by)]
            self.ended[made] = by
            if thing.record is not None:
                self.records[thing.record] = made

    def add_datasets(self, *datasets: Dataset) -> None:
        """Versions of datasets came to be, in any order. What a stage made is told better by the event of the stage."""
        for dataset in datasets:
            name, note = f"{dataset.name}@{dataset.version}", f"{dataset.rows:,} rows"
            kind: Any = "raw" if dataset.made_by == "ingest" and not dataset.parents else "dataset"
            if dataset.note:
                note = f"{note}, {dataset.note:.120}"
            self._node(Node(id=f"dataset:{dataset.digest}", kind=kind, name=name, digest=dataset.digest, note=note))
        for dataset in datasets:  # a parent may have a name that comes later
            self._made_of(dataset)

    def _made_of(self, dataset: Dataset) -> None:
        made = f"dataset:{dataset.digest}"
        if self.ended.get(made) not in (None, dataset.made_by):
            self.made[made].append(self._making(dataset, made))
        elif made not in self.ended and dataset.parents:
            self.made[made] = [self._making(dataset, made)]

    def _making(self, dataset: Dataset, made: str) -> Making:
        return Making(self._known(dataset.parents, made, dataset.parent_names), dataset.made_by)

    def add_model(self, data: Mapping[str, Any], note: str = "") -> None:
        """A model was trained, or registered: fields of `Training` or `ModelVersion`."""
        artifact, name = str(data["artifact"]), str(data.get("name", ""))
        made = f"model:{artifact}"
        config = ", ".join(f"{k}={v}" for k, v in list((data.get("config") or {}).items())[:4])
        self._node(Node(id=made, kind="model", name=name, digest=artifact, note=note or config[:120]))
        of = self._known(list((data.get("data") or {}).values()), made)
        if (code := data.get("code")) is not None:
            place = f"code:{code}"
            self._node(Node(id=place, kind="code", name=str(data.get("recipe", "")), digest=code))
            of.append(place)
        before = [one for one in self.made.get(made, []) if one.by != "train"]
        self.made[made] = [*before, Making(of, "train")]

    def add_run(self, record: Record) -> None:
        """A suite was run on systems; those that are models of the workspace are told as such."""
        made = f"run:{record.run_id}"
        note = f"{record.suite.name}: {record.outcome}"
        self._node(Node(id=made, kind="run", name=record.run_id, digest=record.digest, note=note))
        self.records[record.digest] = made
        models = dict.fromkeys(f"model:{v.spec['artifact']}" for v in record.variants if "artifact" in v.spec)
        known = [one for one in models if one in self.nodes]
        if known:
            before = self.made.get(made, [])
            self.made[made] = [*before, Making(known, "evaluate")]

    # --------------------------------------------------------------------------------------------- what is asked

    def find(self, ref: str) -> list[str]:
        """Ids of the nodes with a digest (or a record's), the beginning of one (8 or more), a name, or a run's id.

        They are several where stages gave the same value; newest first. Empty: nothing is known by that.

        Raises:
            InputError: several digests begin so.
        """
        if f"run:{ref}" in self.nodes:
            return [f"run:{ref}"]
        named = [ident for ident, node in self.nodes.items() if node.name == ref]
        if named or len(ref) < 8:
            return named[-1:]
        digests = {node.digest for node in self.nodes.values() if (node.digest or "").startswith(ref)}
        digests |= {digest for digest in self.records if digest.startswith(ref)}
        if len(digests) > 1:
            raise InputError(f"{len(digests)} things begin with {ref!r:.80}", remedy="Give more of the digest")
        held = [ident for ident, node in self.nodes.items() if node.digest in digests]
        return held[::-1] or [self.records[digest or ""] for digest in digests]

    def back(self, *idents: str) -> tuple[list[Node], list[Edge]]:
        """All that things were made of, over any number of steps: nodes with the things first, and edges."""
        nodes, left = {ident: self.nodes[ident] for ident in idents}, [*idents]
        edges: dict[tuple[str, str], Edge] = {}
        while left:
            made = left.pop(0)
            for making in self.made.get(made, []):
                for of in making.of:
                    edges.setdefault((of, made), Edge(of=of, made=made, by=making.by))  # a stage's name comes first
                    if of not in nodes:
                        nodes[of] = self.nodes[of]
                        left.append(of)
        return list(nodes.values()), list(edges.values())

    def evidence(self, record: Record, created: str, made_by: str) -> Lineage | None:
        """The history of a run for its report: data, code and models up to the systems that the record names.

        None where nothing is known of it but the record.
        """
        ident = f"run:{record.run_id}"
        if ident not in self.nodes:
            return None
        return as_evidence(*self.back(ident), record, created, made_by)

    # --------------------------------------------------------------------------------------------------- inside

    def _thing(self, thing: Thing, pipeline: str, source: str) -> str:
        if thing.kind == "run":
            ident = f"run:{thing.name}"
        elif thing.kind in ("file", "value"):
            ident = f"{thing.kind}:{pipeline}.{source}:{thing.digest}"
        else:
            ident = f"{_KINDS[thing.kind]}:{thing.digest}"
        name = f"{pipeline}.{source}" if thing.kind == "value" else thing.name or thing.source
        size = f"{thing.size:,} bytes" if thing.size is not None else ""
        note = f"{thing.rows:,} rows" if thing.rows is not None else size
        kind: Any = "run" if thing.kind == "run" else _KINDS[thing.kind]
        node = Node(id=ident, kind=kind, name=name, digest=thing.record or thing.digest, note=note)
        if ident not in self.nodes or not self.nodes[ident].name:
            self._node(node)
        return ident

    def _node(self, node: Node) -> None:
        before = self.nodes.get(node.id)
        self.nodes[node.id] = node if before is None or node.name else before
        if node.digest is not None:
            self._by_digest[node.digest] = node.id

    def _known(self, digests: Sequence[str], made: str, names: Mapping[str, str] = MappingProxyType({})) -> list[str]:
        """Ids of the things with these digests; what nobody knows has one of the names, or is named by its digest."""
        found = []
        for digest in digests:
            ident = f"dataset:{digest}" if f"dataset:{digest}" in self.nodes else self._by_digest.get(digest)
            if ident is None:
                ident = f"source:{digest}"
                name, note = names.get(digest), "" if digest in names else "known by its digest only"
                self._node(Node(id=ident, kind="source", name=name or digest[:12], digest=digest, note=note))
            if ident != made:
                found.append(ident)
        return found


def as_evidence(
    nodes: Sequence[Node], edges: Sequence[Edge], record: Record, created: str, made_by: str, about: str | None = None
) -> Lineage | None:
    """A history for the report of a run: its models are joined to the systems that the record names.

    Args:
        nodes: all things.
        edges: what was made of what.
        record: of the run.
        created: ISO 8601, UTC.
        made_by: command.
        about: artifact of the model whose history it is; None: it is that of no single one.

    Returns:
        None: nothing is known of a thing but itself.
    """
    if len(nodes) < 2:
        return None
    ident, things, made = f"run:{record.run_id}", {node.id: node for node in nodes}, [*edges]
    for variant in record.variants:
        model = f"model:{variant.spec.get('artifact')}"
        if model in things:  # the report joins a node with the digest of a system to it
            system = f"system:{variant.digest}"
            made = [e for e in made if (e.of, e.made) != (model, ident)]
            made.append(Edge(of=model, made=system, by="loaded"))
            things[system] = Node(id=system, kind="model", name=variant.name, digest=variant.digest)
    return Lineage(created=created, made_by=made_by, about=about, nodes=list(things.values()), edges=made)


def tree(nodes: Iterable[Node], edges: Iterable[Edge], tops: int = 1) -> list[str]:
    """The same as lines of text, the first nodes at the top; what was told already is only named."""
    by_id = {node.id: node for node in nodes}
    above: dict[str, list[Edge]] = {}
    for edge in edges:
        above.setdefault(edge.made, []).append(edge)
    lines: list[str] = []
    seen: set[str] = set()
    left: list[tuple[str, str, str]] = [(ident, "", "") for ident in reversed([*by_id][:tops])]
    while left and len(lines) < _MOST_LINES:
        ident, head, rest = left.pop()
        told = ident in seen and bool(above.get(ident))
        by = ", ".join(dict.fromkeys(edge.by for edge in above.get(ident, [])))
        lines.append(head + _line(by_id[ident]) + (f"  <- {by}" if by else "") + ("  (see above)" if told else ""))
        if not told:
            seen.add(ident)
            left += reversed(list(_children(above.get(ident, []), rest)))
    return [*lines, "..."] if left else lines


def _children(edges: Sequence[Edge], rest: str) -> Iterator[tuple[str, str, str]]:
    for place, edge in enumerate(edges):
        last = place == len(edges) - 1
        yield edge.of, rest + ("`- " if last else "|- "), rest + ("   " if last else "|  ")


def _line(node: Node) -> str:
    digest = f" {node.digest[:12]}" if node.digest and node.name != node.digest[:12] else ""
    return f"{node.kind} {node.name}{digest}" + (f" ({node.note})" if node.note else "")
