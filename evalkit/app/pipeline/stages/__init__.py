"""Running a pipeline file: code closures, environment, processes of stages, the lineage in the workspace."""
