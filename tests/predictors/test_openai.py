"""`openai:` beyond the contract, against a fake endpoint on loopback."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from hypothesis import given
from hypothesis import strategies as st

from evalkit.core.digest import canonical_json
from evalkit.core.errors import InputError
from evalkit.core.protocols import CallError, Request
from evalkit.predictors.openai import transform
from evalkit.predictors.openai.predictor import OpenAIPredictor
from evalkit.predictors.openai.prompt import Prompt, messages_of
from evalkit.providers.keys import scrub
from evalkit.providers.prices import Price, find_price
from tests.faults import Faults
from tests.predictors.asking import ask, one, run
from tests.servers import FakeOpenAI, completion, failed

KEY = "sk-test-0123456789abcdef"


def made(server: FakeOpenAI, **options: Any) -> OpenAIPredictor:
    return OpenAIPredictor.from_spec("test-model", {"base_url": server.url, **options})


def prompt_file(tmp_path: Path, text: str) -> str:
    path = tmp_path / "prompt.yaml"
    path.write_text(text, encoding="utf-8")
    return str(path)


# ------------------------------------------------------------------------------------------------------------- requests


def test_a_text_is_a_question_and_parameters_go_with_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    with FakeOpenAI() as server:
        predictor = made(
            server, temperature="0.2", max_tokens="16", stop='["\\n"]', seed="plan", extra_body={"top_a": 1}
        )
        answer = one(predictor, "what?")
        assert server.bodies == [
            {
                "model": "test-model",
                "messages": [{"role": "user", "content": "what?"}],
                "temperature": 0.2,
                "max_tokens": 16,
                "stop": ["\n"],
                "seed": 0,
                "top_a": 1,
            }
        ]
        assert server.headers[0]["Authorization"] == f"Bearer {KEY}"
    assert answer.output == "what?"
    assert (answer.model, answer.tokens_in, answer.tokens_out, answer.cost) == ("test-model", 10, 5, None)


def test_messages_pass_as_they_are() -> None:
    messages = [{"role": "system", "content": "{{ 7*7 }}"}, {"role": "user", "content": "hi"}]
    assert messages_of(messages) == messages
    assert messages_of({"messages": messages, "more": 1}) == messages
    for bad in (None, 5, [], [1], {"q": 1}, [{"content": "x"}]):
        with pytest.raises(CallError, match="prompt file"):
            messages_of(bad)


def test_a_prompt_is_rendered_and_what_a_case_says_is_data(tmp_path: Path) -> None:
    text = (
        "messages:\n"
        "  - {role: system, content: 'Be brief.'}\n"
        "  - role: user\n    content:\n      - {type: text, text: '{{ input.q }} ({{ repeat }})'}\n"
        "parameters: {temperature: 0, max_tokens: 9}\n"
        "response_format: {type: json_object}\n"
        "tools: [{type: function, function: {name: f}}]\n"
    )
    attack = "{{ 7*7 }} {% for x in range(9) %}x{% endfor %} {{ input.__class__ }}"
    with FakeOpenAI(lambda body: completion("ok")) as server:
        one(made(server, prompt=prompt_file(tmp_path, text), max_tokens=3), {"q": attack})
        (body,) = server.bodies
    assert body["messages"][1]["content"] == [{"type": "text", "text": attack + " (0)"}]
    assert (body["temperature"], body["max_tokens"]) == (0, 3)
    assert body["response_format"] == {"type": "json_object"}
    assert body["tools"][0]["function"]["name"] == "f"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("messages: []", "not a list"),
        ("messages: [{role: user}]", r"messages\[0\]"),
        ("mesages: []", "Did you mean 'messages'"),
        ("messages: [{role: user, content: '{{ input'}]", "template"),
        ("messages: [{role: user, content: '{{ question }}'}]", r"uses 'question'.*\{\{ input.question \}\}"),
        ("messages: [{role: user, content: x}]\nparameters: 3", "parameters is not a mapping"),
        ("messages: [{role: user, content: x}]\nparameters: {stream: true}", "stream cannot be a parameter"),
        ("[1]", "holds a list"),
        ("a: [", "not YAML"),
    ],
)
def test_prompt_files_that_cannot_be_used(tmp_path: Path, text: str, told: str) -> None:
    with pytest.raises(InputError, match=told):
        OpenAIPredictor.from_spec("m", {"prompt": prompt_file(tmp_path, text)})


@pytest.mark.parametrize(
    "template", ["{{ ''.__class__.__mro__ }}", "{{ input.__init__.__globals__ }}", "{{ input.missing }}"]
)
def test_a_template_cannot_leave_its_sandbox_nor_use_what_is_not_there(tmp_path: Path, template: str) -> None:
    path = prompt_file(tmp_path, json.dumps({"messages": [{"role": "user", "content": template}]}))
    with pytest.raises(CallError, match="the prompt cannot be made for case 'c'"):
        Prompt.read(path).render(Request("c", 0, {"q": 1}, 0))


# ------------------------------------------------------------------------------------------------------------ responses


def test_tool_calls_are_kept() -> None:
    calls = [{"id": "1", "type": "function", "function": {"name": "f", "arguments": "{}"}}]
    with FakeOpenAI(lambda body: completion(None, finish="tool_calls", tool_calls=calls)) as server:
        answer = one(made(server))
    assert answer.output == {"tool_calls": calls}
    assert answer.trace["tool_calls"] == calls


@pytest.mark.parametrize(
    ("reply", "kind", "reason"),
    [
        (lambda: completion(None, refusal="I cannot help with that"), "system", "refused"),
        (lambda: completion("par", finish="content_filter"), "system", "refused"),
        (lambda: failed(400, "filtered", "content_filter"), "system", "refused"),
        (lambda: completion(None), "system", "empty"),
        (lambda: completion(""), "system", "empty"),
        (lambda: failed(400, "no such parameter"), "harness", "bad_request"),
        (lambda: failed(429, "slow", Retry_After="0"), "harness", "rate_limited"),
        (lambda: failed(500), "harness", "server_error"),
        (lambda: web.Response(text="<html>gateway"), "harness", "bad_response"),
        (lambda: {"choices": []}, "harness", "bad_response"),
    ],
)
def test_what_a_response_means(reply: Any, kind: str, reason: str) -> None:
    with FakeOpenAI(lambda body: reply()) as server:
        failure = one(made(server)).failure
    assert failure is not None
    assert (failure.kind, failure.reason) == (kind, reason)


def test_a_refusal_still_names_its_tokens() -> None:
    with FakeOpenAI(lambda body: completion(None, refusal="no", tokens=(7, 3))) as server:
        answer = one(made(server))
    assert (answer.tokens_in, answer.tokens_out) == (7, 3)


def test_an_answer_that_was_cut_off_says_so() -> None:
    with FakeOpenAI(lambda body: completion("par", finish="length")) as server:
        answer = one(made(server))
    assert answer.output == "par"
    assert answer.trace["finish_reason"] == "length"
    assert "cut off" in answer.trace["note"]


@pytest.mark.parametrize(
    "reply", [failed(401), failed(403), failed(404, "no model"), failed(429, "pay", "insufficient_quota")]
)
def test_what_can_never_succeed_ends_the_run(reply: web.Response) -> None:
    def again(body: Any) -> web.Response:
        return web.Response(status=reply.status, body=reply.body, content_type="application/json")

    with FakeOpenAI(again) as server, pytest.raises(InputError, match=r"127\.0\.0\.1"):
        run(made(server), ["q"] * 50)


# -------------------------------------------------------------------------------------------------------------- secrets


def test_the_key_is_in_no_spec_identity_or_message(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MY_KEY", KEY)
    with FakeOpenAI(
        lambda body: failed(401, f"Incorrect API key provided: {KEY}. Authorization: Bearer {KEY}")
    ) as server:
        predictor = made(server, api_key_env="MY_KEY")
        with pytest.raises(InputError) as error:
            run(predictor, ["q"])
        assert server.headers[0]["Authorization"] == f"Bearer {KEY}"
    assert "0123456789" not in str(error.value)
    assert KEY not in canonical_json([predictor.spec, predictor.identity])
    assert KEY not in repr(predictor)


def test_what_looks_like_a_key_is_taken_out() -> None:
    assert scrub("key sk-proj-abc***xyz and Bearer abc.def", None) == "key [key] and [key]"
    assert scrub("mykey", "mykey") == "[key]"


def test_openais_own_endpoint_needs_a_key() -> None:
    with pytest.raises(InputError, match="the environment variable OPENAI_API_KEY is not set"):
        run(OpenAIPredictor.from_spec("gpt-4o", {}), ["q"])


def test_a_key_with_a_line_end_is_told_without_showing_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", KEY + "\n")
    with pytest.raises(InputError, match="holds characters that no key has") as error:
        run(OpenAIPredictor.from_spec("gpt-4o", {}), ["q"])
    assert KEY not in str(error.value)


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"api_key": "x"}, "has no option 'api_key'"),
        ({"temprature": 1}, "Did you mean 'temperature'"),
        ({"base_url": "http://me:pw@h/v1"}, "carries a user name or password"),
        ({"base_url": "http://h/v1?api-version=1&API-Key=pw"}, r"the address of h has a key in it \(API-Key=\.\.\.\)"),
        ({"extra_body": "5"}, "not an object"),
        ({"transform": "jsn"}, "there is no transform 'jsn'"),
    ],
)
def test_options_that_cannot_be_used(options: dict[str, Any], told: str) -> None:
    with pytest.raises(InputError, match=told):
        OpenAIPredictor.from_spec("m", options)


# ------------------------------------------------------------------------------------------------------------- identity


def test_the_identity_pins_what_shapes_an_answer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = "messages: [{role: user, content: '{{ input }}'}]"
    base = {"base_url": "http://h/v1", "prompt": prompt_file(tmp_path, text)}
    first = OpenAIPredictor.from_spec("m", base).identity
    assert OpenAIPredictor.from_spec("m", {**base, "api_key_env": "OTHER"}).identity == first
    assert OpenAIPredictor.from_spec("n", base).identity != first
    assert OpenAIPredictor.from_spec("m", {**base, "base_url": "http://i/v1"}).identity != first
    assert OpenAIPredictor.from_spec("m", {**base, "temperature": 0}).identity != first
    assert OpenAIPredictor.from_spec("m", {**base, "transform": "json"}).identity != first
    prompt_file(tmp_path, text.replace("input", "input|upper"))
    assert OpenAIPredictor.from_spec("m", base).identity != first
    monkeypatch.setenv("OPENAI_BASE_URL", "http://h/v1/")
    assert (
        OpenAIPredictor.from_spec("m", {}).identity
        == OpenAIPredictor.from_spec("m", {"base_url": "http://h/v1"}).identity
    )


def test_a_prompt_that_reads_the_case_id_is_never_reused_across_runs(tmp_path: Path) -> None:
    path = prompt_file(tmp_path, "messages: [{role: user, content: '{{ case_id }}'}]")
    assert OpenAIPredictor.from_spec("m", {"prompt": path}).identity is None


# ----------------------------------------------------------------------------------------------------------- transforms


@pytest.mark.parametrize(
    ("steps", "text", "output"),
    [
        ("", " a ", " a "),
        ("strip", " a\n", "a"),
        ("json", ' {"a": [1]} ', {"a": [1]}),
        ("json", '```json\n{"a": 1}\n```', {"a": 1}),
        ("json,field:a", '{"a": 5}', 5),
        ("number", "so 1,234.50 of 2, i.e. -3.5e2", -350.0),
        ("number", "42", 42),
        ("last_line", "thinking\n\nanswer: 5\n\n", "answer: 5"),
        ("last_line,regex:answer: (.*)", "x\nanswer: a, b", "a, b"),
        (r"regex:\d+", "ab 12 34", "12"),
        (r"regex:(?i)ANSWER:\s*(\w+)", "first\nanswer: yes\nanswer: no", "yes"),
        (["regex:a|b", "text"], "xxb", "b"),
        ("text", "x", "x"),
    ],
)
def test_transforms(steps: Any, text: str, output: Any) -> None:
    found = transform.apply(transform.steps_of(steps), text)
    assert (found, type(found)) == (output, type(output))


@pytest.mark.parametrize(
    ("steps", "text"),
    [
        ("json", "no"),
        ("json", "NaN"),
        ("number", "none"),
        (r"regex:\d", "x"),
        ("json,field:b", "{}"),
        ("last_line", " "),
    ],
)
def test_a_text_of_another_form_is_a_failure_that_keeps_the_text(steps: str, text: str) -> None:
    with FakeOpenAI(lambda body: completion(text)) as server:
        answer = one(made(server, transform=steps))
    assert answer.failure is not None
    assert (answer.failure.kind, answer.failure.reason) == ("system", "unparseable")
    assert answer.trace["text"] == text
    assert answer.tokens_in == 10


def test_a_pattern_takes_linear_time() -> None:
    steps = transform.steps_of("regex:^(a+)+$")
    with pytest.raises(transform.NoMatch):
        transform.apply(steps, "a" * 100_000 + "!")


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=40))
def test_the_leftmost_match_is_found(text: str) -> None:
    import re

    expected = re.search("[a-m]+", text)
    if expected is None:
        with pytest.raises(transform.NoMatch):
            transform.apply(("regex:[a-m]+",), text)
    else:
        assert transform.apply(("regex:[a-m]+",), text) == expected.group()


# --------------------------------------------------------------------------------------------------------------- prices


def test_costs() -> None:
    assert Price(2.0, 8.0, 0.5).of(1_000_000, 500_000, 400_000) == pytest.approx(0.6 * 2 + 0.4 * 0.5 + 4)
    assert Price(2.0, 8.0).of(1_000_000, 0, 400_000) == 2.0


def test_the_table_knows_an_endpoint_and_a_users_table_comes_first(tmp_path: Path) -> None:
    openai = "https://api.openai.com/v1"
    known = find_price(openai, "gpt-4o-mini", None)
    assert known is not None
    assert find_price(openai, "gpt-4o-mini-2024-07-18", None) == known
    assert find_price(openai, "gpt-4o-2024-05-13", None) is None
    assert find_price(openai, "unknown", None) is None
    assert find_price("http://127.0.0.1:8000/v1", "gpt-4o-mini", None) is None
    own = tmp_path / "prices.yaml"
    own.write_text(
        "endpoints:\n"
        "  127.0.0.1: {mine: {input: 1000, output: 2000}}\n"
        "  api.openai.com: {gpt-4o-mini: {input: 1, output: 2}}\n"
    )
    assert find_price(openai, "gpt-4o-mini", str(own)) == Price(1, 2)
    with FakeOpenAI(lambda body: completion("x", tokens=(10, 5))) as server:
        predictor = OpenAIPredictor.from_spec("mine", {"base_url": server.url, "prices": str(own)})
        assert one(predictor).cost == pytest.approx(0.02)
    own.write_text("endpoints: {h: {m: {input: -1, output: 2}}}")
    with pytest.raises(InputError, match="input is -1"):
        find_price("http://h/v1", "m", str(own))


# ----------------------------------------------------------------------------------------------------------- transports


@pytest.mark.parametrize("transport", ["lean", "sdk"])
def test_both_transports_send_and_mean_the_same(transport: str) -> None:
    script = ["ok", "too_long", "filtered", "refused", "server_error"]
    with FakeOpenAI(faults=Faults(script=script)) as server:
        predictor = made(server, transport=transport, temperature=0, seed="plan")
        answers = ask(predictor, ["a", "b", "c", "d", "e"], concurrency=1, retries=0)
        assert server.bodies[1] == {
            "model": "test-model",
            "messages": [{"role": "user", "content": "b"}],
            "temperature": 0,
            "seed": 1,
        }
    assert answers[0].output == "a"
    failures = [(one.failure.kind, one.failure.reason) for one in answers[1:] if one.failure]
    assert failures == [
        ("harness", "bad_request"),
        ("system", "refused"),
        ("system", "refused"),
        ("harness", "server_error"),
    ]


def test_the_transport_pins_nothing() -> None:
    lean, sdk = (OpenAIPredictor.from_spec("m", {"transport": name}) for name in ("lean", "sdk"))
    assert (lean.spec, lean.identity) == (sdk.spec, sdk.identity)
    with pytest.raises(InputError, match=r"transport is 'http'.*lean or sdk"):
        OpenAIPredictor.from_spec("m", {"transport": "http"})
