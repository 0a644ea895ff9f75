"""`evalkit feedback` with the stores of a workspace."""
