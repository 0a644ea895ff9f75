"""The cards of judges in a site: one a certificate, made again only where what it rests on is not as it was."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import NamedTuple

from evalkit.core.digest import digest_of
from evalkit.core.dossier import Site
from evalkit.core.nouns import Certificate, Record
from evalkit.core.protocols import Store
from evalkit.engine.certify import expired

__all__ = ["Card", "with_cards"]


class Card(NamedTuple):
    """A page that is made when it is asked for.

    Attributes:
        path: from the root of the site.
        source: digest of all that it rests on.
        html: makes it.
    """

    path: str
    source: str
    html: Callable[[], str]


def with_cards(site: Site, store: Store, *, bare: bool) -> tuple[Site, list[Card]]:
    """The site with its certificates' pages, and what makes them.

    Args:
        site: gathered.
        store: of the certificates and of the runs that the judges had a part in.
        bare: without pages: a card quotes labelled items, which nobody has redacted.
    """
    if bare or not site.certificates:
        return site, []
    now = max([c.created for c in site.certificates] + [r.record.created for t in site.suites for r in t.runs])
    cards = {c.digest: _card(c, site, store, now) for c in site.certificates}
    return replace(site, cards={digest: card.path for digest, card in cards.items()}), list(cards.values())


def _card(held: Certificate, site: Site, store: Store, now: str) -> Card:
    """As of the newest thing in the workspace, not of the clock: two builds are alike."""
    known = [c.digest for c in site.certificates]
    seen = [r.content for t in site.suites for r in t.runs if _took_part(held.judge, r.record)]
    over = expired(held.expires, now) if held.expires else False

    def html() -> str:
        from evalkit.app.judge_cards import card
        from evalkit.report.site.card import page

        return page(site.title, card(held.digest, store, now))

    return Card(f"judges/{held.digest}.html", digest_of([held.digest, known, seen, over, site.title]), html)


def _took_part(judge: str, record: Record) -> bool:
    return judge in record.certificates or any(info.judge == judge for info in record.judges)
