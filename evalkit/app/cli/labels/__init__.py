"""The group `evalkit labels`."""
