"""The group `evalkit pipeline`, and `evalkit lineage`."""
