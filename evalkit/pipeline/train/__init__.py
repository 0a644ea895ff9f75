"""Training: what a recipe gives, how it is written down safely, and what is logged of it."""
