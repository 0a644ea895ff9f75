"""Stages: what a pipeline file says, in which order it runs, what a stage's key is, and why it changed."""
