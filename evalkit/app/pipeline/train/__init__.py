"""Training for real: the process that a recipe runs in, what it was made of, and the log."""
