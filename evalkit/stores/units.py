"""Which units a rollout has counted: bytes by content, beside the workspace's other files and never swept."""

from __future__ import annotations

from pathlib import Path

from evalkit.stores import blobs


class LocalUnits:
    """`put` and `get` in the folder `rollouts` of a workspace."""

    def __init__(self, root: Path) -> None:
        self.folder = root / "rollouts"

    def put(self, data: bytes) -> str:
        """Keep bytes; gives their sha256 when they are durable."""
        return blobs.put(self.folder, data)

    def get(self, digest: str) -> bytes:
        """The bytes of a digest, verified.

        Raises:
            InputError: there are none. StoreError: they were changed, or cannot be read.
        """
        return blobs.get(self.folder, digest)
