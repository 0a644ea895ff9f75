"""Makes the sample reports in `reports/` (python -m docs.samples); on any day it writes the same bytes."""
