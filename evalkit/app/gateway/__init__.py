"""The gateway: a champion (and perhaps a canary) answers over HTTP, and all of it is in the traffic log."""
