"""The system under test: any function of one input. Replace it with your own."""

KNOWN = {
    "France": ("Paris", 2.1),
    "Germany": ("Berlin", 3.6),
    "Italy": ("Rome", 2.8),
    "Spain": ("Madrid", 3.3),
    "Portugal": ("Lisbon", 0.5),
    "Japan": ("Tokyo", 14.0),
    "South Korea": ("Seoul", 9.7),
    "Thailand": ("Bangkok", 10.5),
    "Australia": ("Sydney", 5.3),
}


def answer(country: str) -> dict[str, object]:
    """Answer one case; an unknown country raises, and the failure counts as a wrong answer, openly."""
    capital, millions = KNOWN[country]
    return {"capital": capital, "millions": millions}
