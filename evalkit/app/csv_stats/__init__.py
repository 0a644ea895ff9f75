"""Intervals and comparisons of the columns of a CSV file: the statistics of a run, without a run."""
