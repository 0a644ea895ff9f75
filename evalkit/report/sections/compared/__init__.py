"""The sections of a comparison's page."""
