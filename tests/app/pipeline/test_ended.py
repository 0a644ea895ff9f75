"""Processes of stages and trainings end with who started them."""

from __future__ import annotations

import signal
import subprocess
import sys

from evalkit.app.pipeline.ended import end, how_it_ended

_CHILD = """
import sys, time
from evalkit.app.pipeline.ended import end_with_parent
end_with_parent()
print(repr(sys.stdin.read()), flush=True)
time.sleep(1000)
"""


def test_a_process_ends_when_nobody_holds_its_stdin() -> None:
    child = subprocess.Popen(
        [sys.executable, "-c", _CHILD], stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True
    )
    assert child.stdin is not None
    assert child.stdout is not None
    try:
        assert child.stdout.readline() == b"''\n", "what runs there finds nothing on stdin"
        assert child.poll() is None
        child.stdin.close()
        assert child.wait(30) == -signal.SIGKILL
    finally:
        end(child)
        child.stdout.close()
    assert how_it_ended(-9) == ("by SIGKILL", "It may have taken more memory than there is")
