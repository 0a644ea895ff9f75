"""Commands of A/B tests."""
