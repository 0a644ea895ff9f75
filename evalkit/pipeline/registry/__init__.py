"""The registry of models: versions and aliases as events of one chain a model, told from the events alone."""
