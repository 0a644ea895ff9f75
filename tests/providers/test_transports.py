"""One battery for both transports: what is sent, and what each response, good or bad, means."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import pytest
from aiohttp import web

from evalkit.core.digest import canonical_json
from evalkit.core.errors import InputError
from evalkit.core.protocols import CallError, Completion
from evalkit.providers import open_provider
from tests.faults import SHARES, Faults
from tests.servers import FakeOpenAI, completion, failed

KEY = "sk-test-0123456789abcdef"
QUESTION = [{"role": "user", "content": "what?"}]
both = pytest.mark.parametrize("transport", ["lean", "sdk"])


def asked(
    server: FakeOpenAI,
    transport: str,
    calls: Sequence[dict[str, Any]] = ({},),
    act: Callable[[Any], Awaitable[Any]] | None = None,
    **options: Any,
) -> list[Completion | CallError]:
    """What comes of calls with these parameters, one after another over one session."""

    async def main() -> list[Completion | CallError]:
        found: list[Completion | CallError] = []
        provider = open_provider("openai:m", {"base_url": server.url, "transport": transport, **options})
        async with provider.session(4) as complete:
            if act is not None:
                await act(complete)
            for parameters in calls if act is None else ():
                try:
                    found.append(await complete(QUESTION, parameters))
                except CallError as error:
                    found.append(error)
        return found

    return asyncio.run(main())


def one(reply: Any, transport: str, **options: Any) -> Any:
    """What comes of one call that is answered so."""
    with FakeOpenAI(lambda body: reply()) as server:
        return asked(server, transport, **options)[0]


@both
def test_what_is_sent(transport: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MY_KEY", KEY)
    with FakeOpenAI() as server:
        options = {
            "api_key_env": "MY_KEY",
            "temperature": 0,
            "parameters": {"top_p": 0.5},
            "extra_body": {"top_a": [1]},
        }
        asked(server, transport, [{"temperature": 1, "response_format": {"type": "json_object"}}, {}], **options)
        first = {"model": "m", "messages": QUESTION, "temperature": 1, "top_p": 0.5, "top_a": [1]}
        assert server.bodies == [
            {**first, "response_format": {"type": "json_object"}},
            {**first, "temperature": 0},
        ]
        assert server.headers[0]["Authorization"] == f"Bearer {KEY}"


@both
def test_a_server_that_wants_no_key_is_sent_none(transport: str) -> None:
    with FakeOpenAI() as server:
        (found,) = asked(server, transport)
        assert "Authorization" not in server.headers[0]
    assert isinstance(found, Completion)


@both
def test_all_that_a_completion_holds(transport: str, tmp_path: Any) -> None:
    (tmp_path / "prices.yaml").write_text("endpoints: {127.0.0.1: {m: {input: 1000, output: 2000, cached: 500}}}")
    calls = [{"id": "1", "type": "function", "function": {"name": "f", "arguments": "{}"}}]
    tokens = [("yes", {"yes": -0.25, "no": -1.5}), (".", {".": 0.0})]
    row = completion("yes.", finish="tool_calls", tokens=(10, 5), logprobs=tokens, tool_calls=calls, refusal="a bit")
    row["usage"]["prompt_tokens_details"] = {"cached_tokens": 4}
    found = one(lambda: row, transport, prices=str(tmp_path / "prices.yaml"))
    assert found == Completion(
        text="yes.",
        refusal="a bit",
        finish="tool_calls",
        model="test-model-2026",
        tokens_in=10,
        tokens_out=5,
        cached=4,
        cost=pytest.approx((6 * 1000 + 4 * 500 + 5 * 2000) / 1e6),
        tool_calls=tuple(calls),
        logprobs=(("yes", {"yes": -0.25, "no": -1.5}), (".", {".": 0.0})),
    )


# name of the fault: (reason, try again?, does the run end?)
REASONS = {
    "rate_limited": ("rate_limited", True, False),
    "server_error": ("server_error", True, False),
    "malformed": ("bad_response", True, False),
    "no_choices": ("bad_response", True, False),
    "truncated": ("network", True, False),
    "reset": ("network", True, False),
    "filtered": ("content_filter", False, False),
    "too_long": ("context_too_long", False, False),
    "unsupported": ("unsupported_format", False, False),
    "bad_request": ("bad_request", False, False),
    "unauthorized": ("auth", False, True),
    "forbidden": ("auth", False, True),
    "not_found": ("not_found", False, True),
    "no_money": ("quota", False, True),
}
ANSWERED = {"slow", "garbage", "empty", "cut_off", "refused", "wrong_model"}


@both
def test_every_fault_has_its_meaning(transport: str) -> None:
    """None is missing, none is silently an answer; the session serves on after each."""
    assert set(REASONS) | ANSWERED | {"hanging"} == set(SHARES)
    with FakeOpenAI(faults=Faults(script=[*REASONS, "ok"], retry_after=7)) as server:
        *errors, last = asked(server, transport, [{"response_format": {"type": "json_schema"}}] * (len(REASONS) + 1))
        assert server.counts.total() == len(REASONS) + 1  # nothing is tried twice in here
    told = {name: (e.reason, e.retry, e.fatal) for name, e in zip(REASONS, errors, strict=True)}
    assert told == REASONS
    waits = {name for name, e in zip(REASONS, errors, strict=True) if e.retry_after == 7}
    assert waits == {"rate_limited", "server_error"}
    assert isinstance(last, Completion)
    assert last.text == "what?"


@both
def test_answers_that_are_of_little_use_are_answers(transport: str) -> None:
    with FakeOpenAI(faults=Faults(script=["slow", "garbage", "empty", "cut_off", "refused", "wrong_model"])) as server:
        slow, garbage, empty, cut, refused, wrong = asked(server, transport, [{}] * 6)
    assert isinstance(slow, Completion)
    assert slow.text == "what?"
    assert "\0" in garbage.text
    assert empty.text == ""
    assert (cut.text, cut.finish) == ("wh", "length")
    assert (refused.text, refused.refusal) == (None, "I'm sorry, I can't help with that.")
    assert wrong.model == "another-model-2020"


@both
def test_a_hanging_call_can_be_given_up_and_others_go_on(transport: str) -> None:
    async def act(complete: Any) -> None:
        hanging = asyncio.create_task(complete(QUESTION, {}))
        while server.in_flight == 0:
            await asyncio.sleep(0)
        assert (await complete([{"role": "user", "content": "next"}], {})).text == "next"
        hanging.cancel()
        with pytest.raises(asyncio.CancelledError):
            await hanging

    with FakeOpenAI(faults=Faults(script=["hanging"])) as server:
        asked(server, transport, act=act)
    assert server.left == 1


@both
def test_many_calls_at_once(transport: str) -> None:
    async def act(complete: Any) -> None:
        found = await asyncio.gather(*(complete([{"role": "user", "content": str(i)}]) for i in range(60)))
        assert [one.text for one in found] == [str(i) for i in range(60)]

    async def together(body: Any) -> Any:
        while server.most < 60:  # none is answered before all are there
            await asyncio.sleep(0.001)
        return completion(body["messages"][0]["content"])

    with FakeOpenAI(together, Faults(slow=0.5, piece=100)) as server:
        asked(server, transport, act=act)
        assert server.counts["slow"] > 15


@both
def test_nobody_listens(transport: str) -> None:
    with FakeOpenAI() as server:
        url = server.url
    error = asked(server, transport)[0]
    assert isinstance(error, CallError)
    assert (error.reason, error.retry) == ("network", True)
    assert url in error.message


ODD: list[tuple[Callable[[], Any], str]] = [
    (lambda: web.Response(status=204), "bad_response"),
    (lambda: web.Response(status=302, headers={"Location": "http://127.0.0.1:1/"}), "bad_response"),
    (lambda: web.Response(text="null"), "bad_response"),
    (lambda: web.Response(text="[" * 50_000), "bad_response"),
    (lambda: web.Response(body=b'{"choices":[{"message":{"content":"\xe9"}}]}'), "bad_response"),
    (lambda: web.Response(text='{"choices":[{"message":{"content":"x"}}],"x":NaN}'), "bad_response"),
    (lambda: web.Response(body=b"no", headers={"Content-Encoding": "gzip"}), "network"),
    (lambda: web.Response(body=b" " * 11_000_000), "too_large"),
    (lambda: web.Response(status=400, body=b"[" * 50_000), "bad_request"),
    (lambda: web.Response(status=400), "bad_request"),
    (lambda: completion(5), "bad_response"),
    (lambda: completion("x", tool_calls=5), "bad_response"),
    (lambda: {"error": {"message": "upstream"}}, "bad_response"),
]


@both
def test_bodies_that_are_no_completion(transport: str) -> None:
    rest = iter(ODD)
    with FakeOpenAI(lambda body: next(rest)[0]()) as server:
        found = asked(server, transport, [{}] * len(ODD))
    assert [getattr(error, "reason", error) for error in found] == [reason for _, reason in ODD]


@both
def test_what_stands_beside_an_answer_does_not_spoil_it(transport: str) -> None:
    odd: list[Any] = ["none", None, 5, {"prompt_tokens": 1.5, "completion_tokens": True}, {"prompt_tokens": 10**30}]
    rest = iter(odd)
    with FakeOpenAI(lambda body: {**completion("x", model="m\ud800" * 500), "usage": next(rest)}) as server:
        found = asked(server, transport, [{}] * len(odd))
    assert [(one.text, one.tokens_in, one.tokens_out, one.cost) for one in found] == [("x", None, None, None)] * len(
        odd
    )
    assert all(len(one.model) < 1_500 and "\ud800" not in one.model for one in found)


@both
@pytest.mark.parametrize("bad", [{"x": float("nan")}, {"x": object()}])
def test_parameters_that_are_no_json(transport: str, bad: dict[str, Any]) -> None:
    with FakeOpenAI() as server:
        (error,) = asked(server, transport, [bad])
    assert isinstance(error, CallError)
    assert error.reason == "bad_request"
    assert "cannot be written as JSON" in error.message


@both
def test_a_query_of_the_address_stays_behind_its_path(transport: str) -> None:
    class Azure(FakeOpenAI):
        async def _handle(self, request: web.Request) -> web.StreamResponse:
            seen.append(request.path_qs)
            return await super()._handle(request)

    seen: list[str] = []
    with Azure() as server:
        asked(server, transport, base_url=f"{server.url}/?api-version=2026-01-01")
    assert seen == ["/v1/chat/completions?api-version=2026-01-01"]


# -------------------------------------------------------------------------------------------------------------- secrets


@both
def test_the_key_comes_back_in_nothing(transport: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    replies: list[Any] = [
        lambda: failed(401, f"Incorrect API key provided: {KEY}. Authorization: Bearer {KEY}"),
        lambda: failed(400, f"what is {KEY}?"),
        lambda: web.Response(text=f"<html>{KEY}"),
        lambda: completion(f"you sent {KEY}", model=KEY, refusal=KEY),
    ]
    rest = iter(replies)
    with FakeOpenAI(lambda body: next(rest)()) as server:
        found = asked(server, transport, [{}] * len(replies))
        assert server.headers[0]["Authorization"] == f"Bearer {KEY}"
        provider = open_provider("openai:m", {"base_url": server.url, "transport": transport})
    for one in found:
        assert "0123456789" not in str(one)
        assert "0123456789" not in repr(getattr(one, "args", ""))
        assert "0123456789" not in getattr(one, "message", "")
    assert found[3].text == "you sent [key]"
    assert KEY not in canonical_json(provider.spec) + repr(provider)


@both
def test_keys_that_are_missing_or_cannot_be(transport: str, monkeypatch: pytest.MonkeyPatch) -> None:
    async def main(url: str | None) -> None:
        async with open_provider("openai:m", {"transport": transport, **({"base_url": url} if url else {})}).session(1):
            raise AssertionError("a session without its key")

    with pytest.raises(CallError, match="the environment variable OPENAI_API_KEY is not set") as error:
        asyncio.run(main(None))
    assert error.value.fatal
    monkeypatch.setenv("OPENAI_API_KEY", KEY + "\n")
    with pytest.raises(CallError, match="holds characters that no key has") as error:
        asyncio.run(main("http://127.0.0.1:1/v1"))
    assert KEY not in str(error.value)


@both
def test_a_refused_call_without_a_key_names_the_variable(transport: str) -> None:
    error = one(lambda: failed(401, "who are you?"), transport, api_key_env="MY_KEY")
    assert "who are you? (the environment variable MY_KEY is not set)" in error.message


# --------------------------------------------------------------------------------------------------------- the package


def test_a_missing_package_is_told_with_its_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    monkeypatch.setitem(sys.modules, "openai", None)
    with FakeOpenAI() as server, pytest.raises(InputError, match="needs the openai package") as error:
        asked(server, "sdk")
    assert 'pip install "evalkit-harness[openai]"' in (error.value.remedy or "")


def test_lean_needs_no_package(monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    monkeypatch.setitem(sys.modules, "openai", None)
    with FakeOpenAI() as server:
        assert isinstance(asked(server, "lean")[0], Completion)


def test_the_plain_client_reads_the_same_answers() -> None:
    """The endpoint of these tests is one that the real client, as its users call it, understands."""
    import openai

    async def main(url: str) -> Any:
        async with openai.AsyncOpenAI(api_key="x", base_url=url, max_retries=0) as client:
            found = await client.chat.completions.create(
                model="m",
                messages=QUESTION,
                logprobs=True,
            )
            with pytest.raises(openai.RateLimitError):
                await client.chat.completions.create(model="m", messages=QUESTION)
            return found

    row = completion("yes", logprobs=[("yes", {"yes": -0.25, "no": -1.5})])
    with FakeOpenAI(lambda body: row, Faults(script=["ok", "rate_limited"])) as server:
        plain = asyncio.run(main(server.url))
        server.faults = Faults()
        ours = asked(server, "sdk")[0]
    assert isinstance(ours, Completion)
    choice = plain.choices[0]
    assert (choice.message.content, choice.finish_reason, plain.model) == (ours.text, ours.finish, ours.model)
    assert (plain.usage.prompt_tokens, plain.usage.completion_tokens) == (ours.tokens_in, ours.tokens_out)
    token = choice.logprobs.content[0]
    assert ours.logprobs == ((token.token, {other.token: other.logprob for other in token.top_logprobs}),)
