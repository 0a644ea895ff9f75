"""`evalkit stats`: the statistics of a run, for columns of a CSV file."""
