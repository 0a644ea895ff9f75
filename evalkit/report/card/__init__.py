"""The card of a judge: what its certificate shows, as a page and as Markdown. It computes nothing."""
