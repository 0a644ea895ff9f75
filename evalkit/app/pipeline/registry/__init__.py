"""The registry with what is around it: records, artifacts, evidence, baselines."""
