"""Numbers of a judge, corrected: three rows (judged, corrected, people only), of a file of ratings or of a run."""
