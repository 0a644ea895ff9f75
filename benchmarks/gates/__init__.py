"""Gates beside other ways to decide, on simulated systems whose truth is known."""
