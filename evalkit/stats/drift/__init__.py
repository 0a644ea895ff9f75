"""Whether two samples of a column differ (evidence), and by how much (size): two verdicts, never one."""
