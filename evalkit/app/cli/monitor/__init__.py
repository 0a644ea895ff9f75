"""The group `evalkit monitor`."""
