"""Two systems under test: which team answers a message, and within how many days. Replace them with your own."""

OLD = {"billing": ["charged", "invoice", "payment"], "shipping": ["parcel", "deliver"], "returns": ["return", "broken"]}
NEW = {
    "returns": ["return", "send it back", "exchange", "broken", "scratch", "refund"],
    "account": ["log in", "login", "logs me", "password", "account", "profile", "e-mail address"],
    "shipping": ["parcel", "deliver", "courier", "tracking", "shipped", "missing", "sent to"],
    "billing": ["charged", "invoice", "payment", "pay by", "fee", "bill"],
}
URGENT = ["now", "still", "stuck", "twice", "cannot", "yesterday", "missing", "in time", "not been"]


def old(message: str) -> dict[str, object]:
    """Few words; what they don't know goes to the account team, and everything can wait three days."""
    return {"team": _team(message, OLD), "days": 3}


def new(message: str) -> dict[str, object]:
    """More words, and an eye for what is urgent."""
    return {"team": _team(message, NEW), "days": 1 if any(word in message.lower() for word in URGENT) else 2}


def _team(message: str, words: dict[str, list[str]]) -> str:
    found = (team for team, known in words.items() if any(word in message.lower() for word in known))
    return next(found, "account")
