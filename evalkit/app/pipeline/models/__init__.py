"""Registered and trained models as systems under test: `model:NAME@ALIAS`, `model:NAME@VERSION`, `model:DIGEST`."""
