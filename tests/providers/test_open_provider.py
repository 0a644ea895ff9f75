"""Specs and options of a model, its prices, and what a request takes from the environment."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from evalkit.core.errors import InputError
from evalkit.core.protocols import Completion
from evalkit.providers import open_provider
from evalkit.providers.chat import ChatProvider
from evalkit.providers.environment import from_environment
from evalkit.providers.prices import Price, find_price
from tests.servers import FakeOpenAI


def made(**options: Any) -> ChatProvider:
    provider = open_provider("openai:m", options)
    assert isinstance(provider, ChatProvider)
    return provider


def test_the_spec_pins_what_an_answer_depends_on(monkeypatch: pytest.MonkeyPatch) -> None:
    assert made().spec == {
        "provider": "openai",
        "base_url": "https://api.openai.com/v1",
        "model": "m",
        "parameters": {},
    }
    monkeypatch.setenv("OPENAI_BASE_URL", "http://h/v1/")
    assert made() == made(base_url="http://h/v1", transport="lean")
    assert made(transport="sdk", api_key_env="OTHER").spec == made().spec
    assert made(temperature="0.5").spec["parameters"] == {"temperature": 0.5}
    assert made(parameters='{"temperature": 1}', extra_body={"top_a": 1}).spec["parameters"] == {
        "temperature": 1,
        "top_a": 1,
    }


@pytest.mark.parametrize(
    ("spec", "options", "told"),
    [
        ("gpt-4o", {}, "is no model"),
        ("anthropic:x", {}, "is no model"),
        ("openai", {}, "is no model"),
        ("openai:", {}, "names no model"),
        ("openai:m", {"transport": "grpc"}, "transport is 'grpc'"),
        ("openai:m", {"api_key": "x"}, "has no option 'api_key'"),
        ("openai:m", {"trasport": "sdk"}, "Did you mean 'transport'"),
        ("openai:m", {"parameters": [1]}, "parameters is"),
        ("openai:m", {"parameters": {"n": 3}}, "n cannot be a parameter"),
        ("openai:m", {"extra_body": {"stream": True}}, "stream cannot be a parameter"),
        ("openai:m", {"base_url": "ftp://x"}, "is no address"),
        ("openai:m", {"base_url": f"http://{'a' * 80}.com"}, "cannot be read"),
        ("openai:m", {"base_url": "http://a..b/v1"}, "cannot be read"),
        ("openai:m", {"base_url": "http://me:pw@h/v1"}, "user name or password"),
        ("openai:m", {"prices": "missing.yaml"}, "cannot be read"),
    ],
)
def test_what_cannot_be_opened(spec: str, options: dict[str, Any], told: str) -> None:
    with pytest.raises(InputError, match=told) as error:
        open_provider(spec, options)
    assert "pw@" not in str(error.value)


# --------------------------------------------------------------------------------------------------------------- prices


def table(path: Path, text: str) -> str:
    path.write_text(f"endpoints:\n{text}")
    return str(path)


def test_the_first_table_that_names_a_model_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    openai = "https://api.openai.com/v1"
    shipped = find_price(openai, "gpt-4o-mini", None)
    assert shipped is not None
    everywhere = table(tmp_path / "all.yaml", "  api.openai.com: {gpt-4o-mini: {input: 1, output: 2}, gpt-4o: null}\n")
    own = table(tmp_path / "own.yaml", "  api.openai.com: {gpt-4o-mini: {input: 3, output: 4}}\n")
    monkeypatch.setenv("EVALKIT_PRICES", everywhere)
    assert find_price(openai, "gpt-4o-mini", None) == Price(1, 2)
    assert find_price(openai, "gpt-4o-mini", own) == Price(3, 4)
    assert find_price(openai, "gpt-4o", own) is None  # said to be unknown, not looked up further
    assert find_price(openai, "gpt-4.1", own) is not None
    monkeypatch.setenv("EVALKIT_PRICES", "nowhere.yaml")
    with pytest.raises(InputError, match=r"cannot be read.*EVALKIT_PRICES names this file"):
        find_price(openai, "gpt-4o-mini", None)


def test_endpoints_by_port_by_name_and_any(tmp_path: Path) -> None:
    lines = (
        '  "h:8000": {m: {input: 1, output: 1}}\n  h: {m: {input: 2, output: 2}}\n  "*": {m: {input: 0, output: 0}}\n'
    )
    own = table(tmp_path / "own.yaml", lines)
    assert find_price("http://h:8000/v1", "m", own) == Price(1, 1)
    assert find_price("http://h:9000/v1", "m", own) == Price(2, 2)
    assert find_price("http://[::1]/v1", "m-2026-01-02", own) == Price(0, 0)
    assert find_price("http://h/v1", "n", own) is None


# ---------------------------------------------------------------------------------------------------------- environment


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))


NOTHING = {"headers": {}}


def test_nothing_is_there() -> None:
    assert from_environment("https://h/v1", {}) == NOTHING


def test_a_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://me:pw@proxy:3128")
    found = from_environment("https://h/v1", {})
    assert str(found["proxy"]) == "http://me:pw@proxy:3128"
    assert from_environment("http://h/v1", {}) == NOTHING
    monkeypatch.setenv("NO_PROXY", "h")
    assert from_environment("https://h/v1", {}) == NOTHING
    monkeypatch.setenv("HTTP_PROXY", "socks5://proxy")
    with pytest.raises(InputError, match="socks5 proxy"):
        from_environment("http://other/v1", {})


def test_a_call_goes_through_the_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    class Proxy(FakeOpenAI):
        path = "/{anything:.*}"

    async def main() -> Completion:
        async with open_provider("openai:m", {"base_url": "http://far.invalid/v1"}).session(1) as complete:
            found: Completion = await complete([{"role": "user", "content": "hi"}])
            return found

    with Proxy() as server:
        monkeypatch.setenv("HTTP_PROXY", server.root.replace("//", "//me:pw@"))
        assert asyncio.run(main()).text == "hi"
        assert (server.headers[0]["Host"], server.headers[0]["Proxy-Authorization"]) == (
            "far.invalid",
            "Basic bWU6cHc=",
        )


def test_netrc_counts_unless_a_key_is_sent(tmp_path: Path) -> None:
    (tmp_path / "netrc").write_text("machine h login me password pw\n")
    (tmp_path / "netrc").chmod(0o600)
    assert from_environment("http://h/v1", {})["headers"] == {"Authorization": "Basic bWU6cHc="}
    key = {"authorization": "Bearer x"}
    assert from_environment("http://h/v1", key)["headers"] == key
    assert from_environment("http://i/v1", {}) == NOTHING
    (tmp_path / "netrc").write_text("nonsense here\n")
    assert from_environment("http://h/v1", {}) == NOTHING
