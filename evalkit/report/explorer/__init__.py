"""The cases of a run, chosen and packed for the page: columns of JSON, compressed."""
