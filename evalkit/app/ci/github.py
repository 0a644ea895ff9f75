"""The one comment of a pull request: made the first time, updated ever after, through GitHub's REST API.

The token goes to the API's address only: redirects are not followed, and no message holds it.
"""

from __future__ import annotations

import json
import re
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from http.client import HTTPException
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from evalkit.core.errors import InputError, RunBroke

API = "https://api.github.com"
LIMIT = 65_536  # characters of a comment
_MARK = re.compile(r"<!-- evalkit:comment[A-Za-z0-9_.:-]* -->")
_PAGE, _PAGES, _TRIES = 100, 50, 3
_LOOPBACK = ("localhost", "127.0.0.1", "::1")


class Posted(NamedTuple):
    """What became of a comment.

    Attributes:
        done: created, updated, or `not posted`.
        url: where it stands.
        why: why it was not posted, as a sentence.
    """

    done: str
    url: str = ""
    why: str = ""


@dataclass(frozen=True)
class Refused(Exception):
    """GitHub answered with an error."""

    status: int
    said: str


@dataclass(frozen=True)
class Target:
    """A pull request of a repository, and the token to write there.

    Attributes:
        repository: owner/name.
        number: of the pull request.
        token: never in a message; not in the repr.
        api: address of the API.
    """

    repository: str
    number: int
    token: str
    api: str = API

    def __repr__(self) -> str:
        return f"Target({self.repository}#{self.number})"


def target_of(environment: Mapping[str, str], number: int | None = None) -> Target | str:
    """The pull request that a job runs for; or why there is none, as a sentence.

    Args:
        environment: GITHUB_TOKEN (or GH_TOKEN), GITHUB_REPOSITORY, GITHUB_EVENT_PATH, GITHUB_API_URL.
        number: of the pull request, where the event does not say.

    Raises:
        InputError: one of them cannot be used.
    """
    token = (environment.get("GITHUB_TOKEN") or environment.get("GH_TOKEN") or "").strip()
    repository, api = environment.get("GITHUB_REPOSITORY", ""), environment.get("GITHUB_API_URL") or API
    if number is None:
        number = _number(environment.get("GITHUB_EVENT_PATH"))
    if number is None:
        return "this job runs for no pull request"
    if not token:
        return "there is no token (GITHUB_TOKEN)"
    if not (token.isascii() and token.isprintable()) or " " in token:
        raise InputError("GITHUB_TOKEN holds characters that no token has (a space, a line end?)")
    if not re.fullmatch(r"[A-Za-z0-9_.-]+/[A-Za-z0-9_.-]+", repository):
        raise InputError(f"GITHUB_REPOSITORY is {repository!r}, not owner/name")
    parts = urlsplit(api)
    if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in _LOOPBACK):
        raise InputError(f"GITHUB_API_URL is {api!r}", remedy="The token is sent over https only.")
    return Target(repository, number, token, api.rstrip("/"))


def _number(path: str | None) -> int | None:
    if not path or not Path(path).is_file():
        return None
    try:
        event = json.loads(Path(path).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise InputError(f"the event cannot be read: {error}", path) from None
    if not isinstance(event, dict):
        return None
    found = event.get("pull_request") or ((event.get("issue") or {}).get("pull_request") and event.get("issue"))
    number = found.get("number") if isinstance(found, dict) else None
    return number if isinstance(number, int) and not isinstance(number, bool) and number > 0 else None


def post(target: Target, text: str, pause: Callable[[float], None] = time.sleep) -> Posted:
    """Create the comment, or update the one that has the same mark in its first line.

    Args:
        target: where.
        text: begins with a mark, as `evalkit ci --comment` writes it.
        pause: waits between tries.

    Raises:
        InputError: the text has no mark. RunBroke: GitHub cannot be reached, or refuses for a reason of its own.
    """
    mark = text.partition("\n")[0].strip()
    if not _MARK.fullmatch(mark):
        raise InputError(
            "the text does not begin with the mark of a comment", remedy="Write it with evalkit ci --comment"
        )
    body, api = text[:LIMIT], _Api(target, pause)
    comments = f"/repos/{target.repository}/issues/{target.number}/comments"
    try:
        known = _mine(api, comments, mark)
        if known is not None:
            found = api.call("PATCH", f"/repos/{target.repository}/issues/comments/{known}", {"body": body})
            return Posted("updated", _url(found))
        return Posted("created", _url(api.call("POST", comments, {"body": body})))
    except Refused as error:
        if error.status in (401, 403, 404):
            why = f"GitHub answers {error.status} ({error.said}): the token may not write comments, as on a fork"
            return Posted("not posted", why=why)
        raise RunBroke(f"GitHub answers {error.status}: {error.said}", f"{target!r}", "Try again later") from None


def _mine(api: _Api, comments: str, mark: str) -> int | None:
    """The newest comment with the mark that the token's owner may have written: a job's token writes as a bot."""
    marked = [c for c in _all(api, comments) if str(c.get("body", "")).partition("\n")[0].strip() == mark]
    bots = [c for c in marked if (c.get("user") or {}).get("type") == "Bot"]
    own = bots if bots or api.target.token.startswith("ghs_") else marked
    return int(own[-1]["id"]) if own else None


def _all(api: _Api, comments: str) -> Iterator[dict[str, Any]]:
    for page in range(1, _PAGES + 1):
        found = api.call("GET", f"{comments}?per_page={_PAGE}&page={page}")
        rows = [row for row in found if isinstance(row, dict)] if isinstance(found, list) else []
        yield from rows
        if len(rows) < _PAGE:
            return


def _url(found: Any) -> str:
    return str(found.get("html_url", "")) if isinstance(found, dict) else ""


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """A redirect would carry the token elsewhere."""

    def redirect_request(self, *args: Any, **kwargs: Any) -> None:
        return None


class _Api:
    """Calls with a token, tried again where the other side is busy."""

    def __init__(self, target: Target, pause: Callable[[float], None]) -> None:
        self.target, self._pause = target, pause
        self._opener = urllib.request.build_opener(_NoRedirect)

    def call(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> Any:
        """One request; gives the JSON of the response.

        Raises:
            Refused: an error status. RunBroke: no answer.
        """
        for tried in range(1, _TRIES + 1):
            try:
                return self._once(method, path, body)
            except Refused as error:
                # A POST whose answer was lost may have been done: only what is known to be refused is tried again.
                if tried == _TRIES or error.status not in (429, 502, 503):
                    raise
            self._pause(2.0**tried)
        raise AssertionError("the loop returns or raises")

    def _once(self, method: str, path: str, body: Mapping[str, Any] | None) -> Any:
        request = urllib.request.Request(
            f"{self.target.api}{path}",
            data=None if body is None else json.dumps(body).encode(),
            method=method,
            headers={
                "Authorization": f"Bearer {self.target.token}",
                "Accept": "application/vnd.github+json",
                "X-GitHub-Api-Version": "2022-11-28",
                "Content-Type": "application/json",
                "User-Agent": "evalkit",
            },
        )
        try:
            with self._opener.open(request, timeout=30) as response:
                return json.loads(response.read() or b"null")
        except urllib.error.HTTPError as error:
            raise Refused(error.code, self._scrubbed(_message(error.read(10_000)) or error.reason)) from None
        except (OSError, HTTPException, ValueError) as error:
            why = self._scrubbed(str(getattr(error, "reason", error)) or type(error).__name__)
            raise RunBroke(f"GitHub does not answer: {why}", self.target.api, "Try again later") from None

    def _scrubbed(self, text: str) -> str:
        return text.replace(self.target.token, "***")


def _message(data: bytes) -> str:
    try:
        found = json.loads(data)
    except ValueError:
        return ""
    return str(found.get("message", ""))[:300] if isinstance(found, dict) else ""
