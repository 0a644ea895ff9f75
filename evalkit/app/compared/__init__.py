"""What a comparison is over: which systems of which runs, and which of their cases."""
