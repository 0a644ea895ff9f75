"""Decisions that hold at every look: confidence sequences, e-values, canaries, sample ratios, alarms."""
