"""Rollouts at the command line: rows of a file or of the traffic log, moves, and what is said of them."""
