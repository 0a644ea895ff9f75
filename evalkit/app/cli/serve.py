"""`evalkit serve`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from evalkit.app.cli.options import Number
from evalkit.app.cli.options import as_json as json_option
from evalkit.app.cli.options import workspace as workspace_option

_LOOPBACK = ("127.0.0.1", "::1", "localhost")
_SHARE = Number(0, 1)
_SECONDS = Number(0, 3_600, min_open=True)


@click.command()
@click.option("--champion", required=True, metavar="SPEC", help="Who answers users: NAME=SCHEME:REST, as in `run -c`.")
@click.option("--canary", metavar="SPEC", help="Who answers some of them.")
@click.option("--weight", type=_SHARE, default=0.0, show_default=True, help="Share of the units that get the canary.")
@click.option("--rollout", metavar="ID", help="Let this rollout set the weight; ID may be shortened, or `latest`.")
@click.option(
    "--shadow", "shadows", multiple=True, metavar="SPEC", help="Who is asked beside; users never wait for it."
)
@click.option("--shadow-sample", type=_SHARE, default=1.0, show_default=True, help="Share of the requests for shadows.")
@click.option("--shadow-queue", type=click.IntRange(1), default=1_000, show_default=True, help="Then they are dropped.")
@click.option("--shadow-seconds", type=_SECONDS, default=10.0, show_default=True, help="That a shadow may take.")
@click.option("--shadow-concurrency", type=click.IntRange(1), default=32, show_default=True, help="Requests at once.")
@click.option("--noise", type=_SHARE, default=0.05, show_default=True, help="Share that the champion is asked twice.")
@click.option("--timeout", type=_SECONDS, default=10.0, show_default=True, help="Seconds that a system may take.")
@click.option("--threads", type=click.IntRange(1, 256), default=8, show_default=True, help="To call a function in.")
@click.option("--in-flight", type=click.IntRange(1), default=512, show_default=True, help="Predictions at once.")
@click.option("--max-body", type=click.IntRange(1), default=1_000_000, show_default=True, help="Bytes of a request.")
@click.option("--isolate", is_flag=True, help="Keep the champion in a process of its own, as the canary is.")
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", type=click.IntRange(0, 65_535), default=8_080, show_default=True, help="0: any that is free.")
@click.option("--token-file", type=click.Path(path_type=Path, dir_okay=False), help="Holds the operator's token.")
@click.option("--allow-remote", is_flag=True, help="Listen beyond this machine without a token.")
@json_option
@workspace_option
def serve(as_json: bool, workspace: Path | None, host: str, port: int, allow_remote: bool, **given: Any) -> int:
    """Serve a champion over HTTP, and keep every request in the traffic log before it is answered.

    \b
    POST /predict   {"input": ..., "id": "...", "unit": "..."} or a list
                    -> {"id", "output", "variant", "confidence"}
    POST /outcomes  {"id": "...", "value": ..., "kind": "outcome"} or a list
    GET  /healthz, /metrics (Prometheus)
    POST /admin/weight, /admin/drain, /admin/reload   with --token-file only

    SIGTERM ends it: what is under way is finished, and all that was answered is on the disk.
    """
    import asyncio
    import os

    from evalkit.app.cli.console import note, print_json
    from evalkit.app.gateway.serve import serve as run
    from evalkit.app.gateway.server import bound, loop_factory, require_uvicorn
    from evalkit.app.pipeline.bench import Bench

    require_uvicorn()
    wanted = _wanted(given, remote=host not in _LOOPBACK and not allow_remote)
    if workspace is not None:
        os.environ["EVALKIT_HOME"] = str(workspace.absolute())  # for what looks for it itself, here and in children
    bench = Bench(workspace)
    if wanted.rollout is not None:
        wanted = _with_rollout(wanted, bench)

    with bound(host, port) as listening:
        shown = f"[{host}]" if ":" in host else host
        url = f"http://{shown}:{listening.getsockname()[1]}"

        def ready(state: Any) -> None:
            if as_json:
                print_json({"url": url, "pid": os.getpid(), "champion": state.champion.name, "weight": state.weight})
            note(f"{state.champion.name} answers on {url}; requests are kept in {bench.root / 'traffic.db'}")

        with asyncio.Runner(loop_factory=loop_factory()) as runner:
            state = runner.run(run(wanted, bench, listening, ready))
    n = sum(state.counts.requests.values())
    note(f"Ended: {n:,} requests. {_kept(state.log.n_lost)}")
    return 4 if state.log.n_lost else 0


def _with_rollout(wanted: Any, bench: Any) -> Any:
    """The rollout by its whole id; it is told where it is of other systems than those that are served, or over.

    Raises:
        InputError: there is none, or several begin so.
    """
    from dataclasses import replace

    from evalkit.app.cli.console import note
    from evalkit.app.pipeline.rollout.called import called
    from evalkit.pipeline.rollout.keeping import current
    from evalkit.pipeline.rollout.naming import find

    state = current(bench.chains, find(bench.chains, wanted.rollout))
    for role, asked, planned in (
        ("champion", wanted.champion, state.plan.champion),
        ("canary", wanted.canary, state.plan.candidate),
    ):
        if not {*called(asked), _unnamed(asked)} & {*called(planned), _unnamed(planned)}:
            note(f"warning: the {role} is {asked}, and the rollout {state.id} is about {planned}")
    if state.ended:
        note(f"warning: the rollout {state.id} has ended, with {100 * state.weight:g} % for the canary: {state.said}")
    return replace(wanted, rollout=state.id)


def _unnamed(spec: str) -> str:
    head, _, rest = spec.partition("=")
    return rest if head.isidentifier() else spec


def _kept(lost: int) -> str:
    if not lost:
        return "All that were answered are kept."
    return f"{lost:,} rows of the log could not be written; their users were told so."


def _wanted(given: dict[str, Any], *, remote: bool) -> Any:
    from evalkit.app.gateway.settings import Limits, Wanted
    from evalkit.core.errors import InputError
    from evalkit.pipeline.shadow.mirror import MirrorLimits

    token = None if given["token_file"] is None else _token(given["token_file"])
    if remote and token is None:
        raise InputError(
            "an address beyond this machine needs a token", "--host", "Give --token-file, or --allow-remote"
        )
    if given["canary"] is None and (given["weight"] or given["rollout"]):
        raise InputError("there is no canary to give a weight to", "--canary", "Name one")
    if given["weight"] and given["rollout"]:
        raise InputError("the rollout sets the weight", "--weight", "Leave one of --weight and --rollout out")
    return Wanted(
        champion=given["champion"],
        canary=given["canary"],
        shadows=given["shadows"],
        weight=given["weight"],
        rollout=given["rollout"],
        isolate=given["isolate"],
        noise=given["noise"],
        token=token,
        limits=Limits(
            seconds=given["timeout"], threads=given["threads"], in_flight=given["in_flight"], body=given["max_body"]
        ),
        mirror=MirrorLimits(
            sample=given["shadow_sample"],
            seconds=given["shadow_seconds"],
            concurrency=given["shadow_concurrency"],
            queue=given["shadow_queue"],
        ),
    )


def _token(path: Path) -> bytes:
    import stat

    from evalkit.app.cli.console import note
    from evalkit.core.errors import InputError

    try:
        token, mode = path.read_bytes().strip(), path.stat().st_mode
    except OSError as error:
        raise InputError(f"the token cannot be read: {error.strerror}", str(path)) from None
    if len(token) < 16 or not all(33 <= character <= 126 for character in token):
        remedy = "Write one, such as by: python -c 'import secrets; print(secrets.token_urlsafe())'"
        raise InputError("a token is one word of 16 ASCII characters or more", str(path), remedy)
    if mode & stat.S_IROTH:
        note(f"warning: everyone on this machine can read the token: chmod 600 {path}")
    return token
