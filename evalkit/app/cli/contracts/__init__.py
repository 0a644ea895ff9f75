"""Commands about contracts of data."""
