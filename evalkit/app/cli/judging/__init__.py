"""The group `evalkit judge`."""
