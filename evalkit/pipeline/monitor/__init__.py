"""What was seen of a model in use: drift of what goes in and comes out, performance with labels and without, alarms."""
