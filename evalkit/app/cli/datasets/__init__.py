"""The command `dataset`."""
