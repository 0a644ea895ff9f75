"""`evalkit feedback`."""
