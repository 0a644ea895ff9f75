"""`evalkit ingest`, `evalkit queue`, `evalkit quarantine`."""
