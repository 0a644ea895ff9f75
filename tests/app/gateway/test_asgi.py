"""The other paths: outcomes, health, metrics, and an admin who has the token."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from evalkit.app.gateway.metrics import BUCKETS
from evalkit.core.errors import InputError, StoreError
from evalkit.core.traffic import Said
from evalkit.stores.traffic import SqliteTraffic
from evalkit.stores.traffic_writing import Batch, TrafficWriter
from tests.app.gateway.sending import Calls, gateway, send

TOKEN = "a-token-of-some-length"


def admin(token: str = TOKEN) -> dict[str, str]:
    return {"authorization": f"Bearer {token}"}


def test_outcomes_are_kept_for_predictions_that_were_made(tmp_path: Path) -> None:
    async def work() -> None:
        async with gateway(tmp_path) as g:
            await send(g, "/predict", [{"id": f"p{i}", "input": {"x": i}} for i in range(3)])
            got = await send(g, "/outcomes", {"id": "p0", "value": {"y": 0}})
            assert (got.status, got.body) == (200, {"accepted": 1})
            got = await send(g, "/outcomes", {"id": "nobody", "value": 1})
            assert (got.status, got.body["error"]) == (404, "there is no prediction 'nobody'")
            rows = [{"id": i, "value": 1, "kind": "label", "who": "ann"} for i in ("p1", "x", "p2")]
            assert (await send(g, "/outcomes", rows)).body == {"accepted": 2, "unknown": ["x"]}

    asyncio.run(work())
    rows = SqliteTraffic(tmp_path).outcomes().to_pylist()
    assert [(row["id"], row["kind"], row["who"]) for row in rows] == [
        ("p0", "outcome", ""),
        ("p1", "label", "ann"),
        ("p2", "label", "ann"),
    ]
    assert json.loads(rows[0]["value"]) == {"y": 0}


@pytest.mark.parametrize(
    "body",
    [
        {"id": "p0"},
        {"value": 1},
        {"id": "p0", "value": 1, "kind": "guess"},
        {"id": "p0", "value": 1, "x": 1},
        3,
        b'{"id": "p0", "value": [1e999]}',
    ],
)
def test_a_malformed_outcome_is_told_so(tmp_path: Path, body: Any) -> None:
    async def work() -> int:
        async with gateway(tmp_path) as g:
            await send(g, "/predict", {"id": "p0", "input": {"x": 1}})
            return (await send(g, "/outcomes", body)).status

    assert asyncio.run(work()) == 400


def test_other_paths_and_methods_are_told_apart(tmp_path: Path) -> None:
    async def work() -> None:
        async with gateway(tmp_path) as g:
            assert (await send(g, "/nothing")).status == 404
            assert (await send(g, "/predict")).status == 405
            assert (await send(g, "/predict", method="HEAD")).headers["allow"] == "POST"
            assert (await send(g, "/healthz", method="HEAD")).status == 200

    asyncio.run(work())


def test_health_and_metrics_say_what_goes_on(tmp_path: Path) -> None:
    async def work() -> None:
        async with gateway(tmp_path, canary=Calls(lambda x: 1 / 0), weight=1.0) as g:
            assert (await send(g, "/healthz")).body["status"] == "ok"
            await send(g, "/predict", {"input": {"x": 1}})
            text = (await send(g, "/metrics")).body
            assert 'evalkit_requests_total{variant="new",role="canary"} 1' in text
            assert 'evalkit_failures_total{variant="new",role="canary",reason="raised"} 1' in text
            assert 'evalkit_request_seconds_bucket{variant="new",le="0.0025"} 0' in text
            assert 'evalkit_request_seconds_bucket{variant="new",le="0.005"} 1' in text
            assert 'evalkit_request_seconds_bucket{variant="new",le="+Inf"} 1' in text
            assert text.count("_bucket") == len(BUCKETS) + 1
            assert "evalkit_log_queue 0" in text
            assert "evalkit_canary_weight 1.0" in text
            heads = [line.split()[2] for line in text.splitlines() if line.startswith("# TYPE")]
            assert len(set(heads)) == len(heads)

    asyncio.run(work())


def test_admin_needs_the_token(tmp_path: Path) -> None:
    async def work() -> None:
        async with gateway(tmp_path, canary=Calls(lambda x: 1), weight=0.1) as g:
            assert (await send(g, "/admin/weight", {"weight": 1}, headers=admin())).status == 403, "admin is off"
            g.state.token = TOKEN.encode()
            for headers, status in (
                ({}, 401),
                ({"authorization": "Basic x"}, 401),
                ({"authorization": "Bearer "}, 401),
                (admin("wrong"), 403),
                (admin(TOKEN[:-1]), 403),
                (admin(TOKEN + "é"), 403),
            ):
                assert (await send(g, "/admin/weight", {"weight": 1}, headers=headers)).status == status
            assert g.state.weight == 0.1
            assert (await send(g, "/admin/weight", {"weight": 0.5}, headers=admin())).body["weight"] == 0.5

    asyncio.run(work())


def test_admin_weighs_drains_and_reloads(tmp_path: Path) -> None:
    async def work() -> None:
        async with gateway(tmp_path) as g:
            state = g.state
            state.token = TOKEN.encode()

            async def ask(path: str, body: Any = b"") -> int:
                return (await send(g, path, body, headers=admin())).status

            assert await ask("/admin/weight", {"weight": 0.5}) == 409, "there is no canary"
            state.canary = state.champion
            for weight in (2, -1, "x", None, True):
                assert await ask("/admin/weight", {"weight": weight}) == 400
            state.rollout = "r1"
            assert await ask("/admin/weight", {"weight": 0.5}) == 409, "the rollout sets it"
            assert await ask("/admin/other") == 404
            assert await ask("/admin/weight", b"[]") == 400
            assert await ask("/admin/reload") == 409

            async def fails() -> None:
                raise InputError("there is no such model")

            state.reload = fails
            assert await ask("/admin/reload") == 409
            assert await ask("/admin/drain", {"drain": "false"}) == 400
            assert await ask("/admin/drain") == 200
            health = await send(g, "/healthz")
            assert (health.status, health.body["status"]) == (503, "draining")
            served = await send(g, "/predict", {"input": {"x": 1}})
            assert (served.status, served.headers["connection"]) == (200, "close")
            assert await ask("/admin/drain", {"drain": False}) == 200
            assert (await send(g, "/healthz")).status == 200

    asyncio.run(work())


def test_a_full_disk_harms_no_user_and_loses_no_row(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("evalkit.app.gateway.log._AGAIN", 0.01)
    put, full = TrafficWriter.put, True

    def no_room(self: TrafficWriter, batch: Batch) -> Any:
        if full:
            raise StoreError("cannot write the traffic log: the disk is full")
        return put(self, batch)

    async def work() -> None:
        nonlocal full
        async with gateway(tmp_path) as g:
            await send(g, "/predict", {"id": "before", "input": {"x": 0}})
        monkeypatch.setattr(TrafficWriter, "put", no_room)
        async with gateway(tmp_path, canary=Calls(lambda x: "new"), weight=0.5) as g:
            for i in range(3):
                got = await send(g, "/predict", {"id": f"p{i}", "unit": f"u{i}", "input": {"x": i}})
                assert (got.status, got.body["logged"]) == (200, False)
            assert got.body["variant"] == "old", "nobody goes to a canary that cannot be watched"
            assert (await send(g, "/healthz")).body["status"] == "degraded"
            got = await send(g, "/outcomes", {"id": "p0", "value": 1})
            assert (got.status, "whether there is" in got.body["error"]) == (503, True), "p0 is on its way to the log"
            got = await send(g, "/outcomes", {"id": "before", "value": 1})
            assert (got.status, "not on the disk" in got.body["error"]) == (503, True)
            full = False
            while g.state.log.trouble is not None:
                await asyncio.sleep(0.001)
            assert "logged" not in (await send(g, "/predict", {"id": "p3", "input": {"x": 1}})).body
            assert (await send(g, "/healthz")).body["status"] == "ok"

    asyncio.run(work())
    assert SqliteTraffic(tmp_path).requests()["id"].to_pylist() == ["before", "p0", "p1", "p2", "p3"]


def test_a_row_that_cannot_be_kept_keeps_no_other_out(tmp_path: Path) -> None:
    class Odd:
        async def ask(self, request: str, given: Any) -> Said:
            return Said("1", confidence=10**30) if given == 0 else Said("1" if given != 1 else None, "\ud800")

    async def work() -> None:
        async with gateway(tmp_path, Odd()) as g:
            got = await asyncio.gather(*(send(g, "/predict", {"id": f"p{i}", "input": i}) for i in range(4)))
            assert [one.body.get("logged") for one in got] == [False, None, None, None]
            assert (await send(g, "/healthz")).body["status"] == "ok"
            assert g.state.log.n_lost == 1

    asyncio.run(work())
    assert SqliteTraffic(tmp_path).requests()["id"].to_pylist() == ["p1", "p2", "p3"]
