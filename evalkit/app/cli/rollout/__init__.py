"""`evalkit rollout`."""
