"""An option that takes all values that follow it: `--metric a:sum b:mean` as `--metric a:sum --metric b:mean`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click

__all__ = ["Many"]


class Many(click.Option):
    """Click's options take a fixed number of values, so those that follow are taken while the arguments are parsed."""

    def add_to_parser(self, parser: Any, ctx: click.Context) -> None:
        """As click does, and from then on the option takes what follows."""
        super().add_to_parser(parser, ctx)
        for name in self.opts:
            taker = parser._long_opt.get(name)
            if taker is not None:
                taker.process = self._greedy(taker.process)

    def ends(self, word: str) -> bool:
        """Whether a word is no value any more: in a command without arguments, the next option."""
        return word.startswith("-")

    def _greedy(self, process: Callable[[Any, Any], None]) -> Callable[[Any, Any], None]:
        def taking(value: Any, state: Any) -> None:
            process(value, state)
            while state.rargs and not self.ends(state.rargs[0]):
                process(state.rargs.pop(0), state)

        return taking
