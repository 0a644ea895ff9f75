"""`evalkit report`: one module a report."""
