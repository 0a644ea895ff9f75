"""Taking records in: raw kept apart from processed, a schema at the door, nothing lost and nothing twice."""
