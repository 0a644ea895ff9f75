"""The parts of a calibration: each turns columns of ratings into the JSON of one key."""
