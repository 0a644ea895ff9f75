"""`evalkit registry`: models, their versions, and where the aliases stand."""
