"""`evalkit validate` and `evalkit contract infer`, from Python."""
