"""Shadows of a workspace: what the log holds of them, and asking them again."""
