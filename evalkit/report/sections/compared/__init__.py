"""The sections of a comparison. Each is left out of the report of a single run."""
