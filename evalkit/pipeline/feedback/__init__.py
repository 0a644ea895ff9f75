"""What became of predictions: joined to them by id, counted, and made into new cases and new training rows."""
