"""A champion is loaded anew while users are served: all places follow, and who was under way is answered by the old."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from evalkit.app.cli.serve import serve as command
from evalkit.app.gateway import champion, serve
from evalkit.app.gateway.asgi import Gateway
from evalkit.app.gateway.careful import Careful
from evalkit.app.gateway.settings import Limits, Wanted
from evalkit.app.pipeline.bench import Bench
from evalkit.core.errors import InputError, StoreError
from evalkit.core.traffic import Said
from evalkit.pipeline.rollout import keeping
from evalkit.pipeline.rollout.nouns import Plan, Step
from evalkit.pipeline.rollout.observing import nothing
from evalkit.pipeline.shadow.mirror import MirrorLimits
from evalkit.stores.chains import SqliteChains
from evalkit.stores.units import LocalUnits
from tests.app.gateway.sending import send

TOKEN = {"authorization": "Bearer a-token-of-some-length"}


class One:
    def __init__(self, name: str, go: asyncio.Event) -> None:
        self.name, self.go = name, go

    async def ask(self, request: str, given: Any) -> Said:
        if "beside" not in self.name:
            await self.go.wait()
        return Said(f'"{self.name}"')


class Alias:
    """Where `model:m@champion` stands, and which systems are open."""

    version = "m@1"

    def __init__(self) -> None:
        self.open: list[str] = []
        self.go = asyncio.Event()
        self.go.set()

    @asynccontextmanager
    async def opening(self, spec: str, limits: Limits, shadow: bool = False) -> AsyncIterator[Any]:
        if "broken" in (spec, self.version):
            raise InputError("it cannot be loaded")
        one = f"{self.version if '@' in spec else spec}{' beside' * shadow}"
        self.open.append(one)

        yield One(one, self.go)
        self.open.remove(one)


@pytest.fixture
def alias(monkeypatch: pytest.MonkeyPatch) -> Alias:
    found = Alias()
    for module in (champion, serve):
        monkeypatch.setattr(module, "apart", found.opening)
    monkeypatch.setattr(champion, "here", found.opening)
    monkeypatch.setattr(champion, "named", lambda spec, role: found.version if "@" in spec else spec)
    monkeypatch.setattr(serve, "_shadow_name", lambda spec: spec)
    return found


def test_users_and_the_second_champion_follow_an_alias(alias: Alias, tmp_path: Path) -> None:
    bench = Bench(tmp_path)

    async def work() -> None:
        wanted = Wanted("model:m@champion", shadows=("sh",), noise=1.0, token=TOKEN["authorization"][7:].encode())
        async with serve.opened(wanted, bench) as state:
            g = Gateway(state)

            async def reload() -> tuple[int, Any]:
                got = await send(g, "/admin/reload", b"", headers=TOKEN)
                return got.status, got.body

            alias.go.clear()
            late = asyncio.create_task(send(g, "/predict", {"id": "late", "input": 1}))
            while not state.in_flight:
                await asyncio.sleep(0)
            alias.version = "m@2"
            assert (await reload())[1]["champion"] == "m@2"
            assert alias.open == ["m@1", "m@1 beside", "sh beside", "m@2", "m@2 beside"], "one is still waited for"
            alias.go.set()
            assert (await late).body["output"] == "m@1"
            while "m@1" in alias.open:
                await asyncio.sleep(0)
            assert alias.open == ["sh beside", "m@2", "m@2 beside"]
            assert (await send(g, "/predict", {"id": "new", "input": 1})).body["variant"] == "m@2"

            for version, words in (("broken", "cannot be loaded"), ("sh", "two systems are called 'sh'")):
                alias.version = version
                status, body = await reload()
                assert (status, words in body["error"]) == (409, True)
            with pytest.MonkeyPatch.context() as patch:

                def full(*_: Any) -> None:
                    raise StoreError("the disk is full")

                patch.setattr(SqliteChains, "append", full)
                alias.version = "m@3"
                assert (await reload())[0] == 409
            assert sorted(alias.open) == ["m@2", "m@2 beside", "sh beside"]
            assert state.champion.name == "m@2"
            while any(mirror.n_asked < n for mirror, n in zip(state.mirrors, (2, 1), strict=True)):
                await asyncio.sleep(0)

    asyncio.run(work())
    assert alias.open == []
    rows = {(row["id"], row["variant"], row["output"]) for row in bench.traffic.shadows().to_pylist()}
    assert rows == {("late", "sh", '"sh beside"'), ("new", "sh", '"sh beside"'), ("new", "m@2", '"m@2 beside"')}, (
        "what the old one answered the new one is not asked again"
    )
    assert [e.data["champion"] for e in bench.chains.events("gateway")] == ["m@1", "m@2"]


def test_the_weight_follows_a_rollout_without_reading_its_events(
    alias: Alias, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(serve, "_LOOK", 0.001)
    bench = Bench(tmp_path)
    plan = Plan(strategy="canary", candidate="new", champion="old", steps=[Step(weight=0.25, min_units=1)])
    rollout = keeping.start(bench.chains, plan, 1.0)

    async def work() -> None:
        async with serve.opened(Wanted("old", canary="new", rollout=rollout.id), bench) as state:
            assert state.canary_weight == 0.25
            assert state.canary is not None
            assert isinstance(state.canary.host, Careful)
            keeping.move(bench.chains, LocalUnits(tmp_path), rollout, nothing("enough"), 2.0)
            monkeypatch.setattr(SqliteChains, "events", None)
            while state.canary_weight:
                await asyncio.sleep(0.001)
        with pytest.raises(InputError, match="no rollout 'other'"):
            async with serve.opened(Wanted("none:such", canary="new", rollout="other"), bench):
                pass  # not even the champion was looked at

    asyncio.run(work())


def test_the_commands_defaults_are_those_of_the_limits() -> None:
    said = {parameter.name: parameter.default for parameter in command.params}
    mirror, limits, wanted = MirrorLimits(), Limits(), Wanted("x")
    of_mirror = [said[f"shadow_{name}"] for name in ("sample", "seconds", "concurrency", "queue")]
    assert of_mirror == [mirror.sample, mirror.seconds, mirror.concurrency, mirror.queue]
    of_limits = [said[name] for name in ("timeout", "threads", "in_flight", "max_body", "noise", "weight")]
    assert of_limits == [limits.seconds, limits.threads, limits.in_flight, limits.body, wanted.noise, wanted.weight]
