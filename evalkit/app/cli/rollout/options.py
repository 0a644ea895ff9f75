"""Options that `rollout plan` and `rollout start` share."""

from __future__ import annotations

import click

weights = click.option(
    "--weights", default="0.01,0.05,0.1", show_default=True, help="The canary's shares of the traffic, one a step."
)
margin = click.option(
    "--margin", type=float, default=2.0, show_default=True, help="Ratio of the rates that promotion has to exclude."
)
alpha = click.option(
    "--alpha", type=float, default=0.05, show_default=True, help="Of promoting what is beyond the margin."
)
alpha_harm = click.option(
    "--alpha-harm", type=float, default=0.02, show_default=True, help="Of rolling back what does no harm."
)
