"""Files of exposures and outcomes, and the A/B analysis of them."""
