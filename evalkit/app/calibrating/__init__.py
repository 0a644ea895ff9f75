"""Calibration of judges: from recorded verdicts, or by asking the judge about labelled items."""
