"""A challenger beside the champion on the same requests; users see the champion only."""
