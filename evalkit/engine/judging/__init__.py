"""Asking judges: which answers are open, what is asked of each, the calls, and the verdicts as rows."""
