"""What is asked about each appliance of a made-up maker, and what is true; all of it is invented."""

from __future__ import annotations

from typing import NamedTuple

from suites.finance_statements.draw import Draw

KINDS = ("kettle", "toaster", "blender", "iron", "fan", "heater", "grill", "scale", "mixer", "steamer")
SERIES = ("Alder", "Birch", "Cedar", "Elm", "Fir", "Hazel", "Juniper", "Larch", "Maple", "Rowan")

CLEANING = (
    ("wipe the housing with a damp cloth once it is cold", "unplug it first"),
    ("wash the removable tray by hand in lukewarm water", "let it dry for an hour before putting it back"),
    ("fill it with water and two spoons of citric acid", "rinse it twice afterwards"),
    ("brush the grille with a dry brush", "never spray cleaner on it"),
    ("put the lid into the dishwasher", "keep the base away from water"),
)
LIGHT = (
    ("it overheated and switched itself off", "let it cool for twenty minutes"),
    ("the filter is full", "replace the filter and hold the reset key"),
    ("the lid is not locked", "close the lid until it clicks"),
    ("it stands on an uneven surface", "move it and start again"),
    ("it has lost its connection to the timer", "press the timer key twice"),
)
FIRST = (
    ("run it empty for five minutes", "open a window, because it may smell"),
    ("wash all loose parts", "dry them well"),
    ("remove the blue transport lock", "keep the lock for a later move"),
    ("let it stand for two hours at room temperature", "then plug it in"),
    ("set the voltage on the underside", "only then plug it in"),
)
PLACE = (
    ("it may be used outdoors under a roof", "it has to stay dry"),
    ("it is for indoor use only", "the warranty ends with outdoor use"),
    ("it may be used in a bathroom", "it has to stand a metre from the tub"),
    ("it may be used in a mobile home", "the inverter has to give 230 volts"),
    ("it may be used on a balcony", "it has to be taken in overnight"),
)
TEXTS = {
    "cleaning": ("How do I clean the {name}, and what do I have to mind?", CLEANING),
    "light": ("The red light of the {name} is blinking. What does it mean, and what do I do?", LIGHT),
    "first": ("What do I have to do before I use the {name} for the first time?", FIRST),
    "place": ("Where may I use the {name}, and on what condition?", PLACE),
}
NUMBERS = {
    "warranty": ("How many months of warranty does the {name} have?", (12, 18, 24, 30, 36, 48, 60), "months"),
    "power": ("What is the power of the {name}, in watts?", (*range(300, 1900, 100), *range(2200, 3000, 100)), "watts"),
}


class Fact(NamedTuple):
    """One question and its answer.

    Attributes:
        id: of the case.
        product: its group.
        kind: which question. number: whether a number answers it.
        question, gold: as a case has them.
        parts: the two halves of a text; of a number the number and its unit.
        other: parts that are true of another appliance.
    """

    id: str
    product: str
    kind: str
    number: bool
    question: str
    gold: str
    parts: tuple[str, str]
    other: tuple[str, str]


def facts(series: tuple[str, ...], draw: Draw) -> list[Fact]:
    """Six facts for each appliance of these series."""
    products = [f"{name} {kind}" for name in series for kind in KINDS]
    return [fact for product in products for fact in (*_texts(product, draw), *_numbers(product, draw))]


def _texts(product: str, draw: Draw) -> list[Fact]:
    found = []
    for kind, (asked, options) in TEXTS.items():
        at = draw.below(len(options), product, kind)
        away = 1 + draw.below(len(options) - 1, product, kind, "other")
        parts, other = options[at], options[(at + away) % len(options)]
        gold = f"{parts[0][:1].upper()}{parts[0][1:]}; {parts[1]}."
        found.append(Fact(_id(product, kind), product, kind, False, asked.format(name=product), gold, parts, other))
    return found


def _numbers(product: str, draw: Draw) -> list[Fact]:
    found = []
    for kind, (asked, options, unit) in NUMBERS.items():
        value = draw.pick(options, product, kind)
        other = draw.pick([one for one in options if one != value], product, kind, "other")
        question = asked.format(name=product)
        parts = (str(value), unit)
        found.append(Fact(_id(product, kind), product, kind, True, question, str(value), parts, (str(other), unit)))
    return found


def _id(product: str, kind: str) -> str:
    return f"{product.lower().replace(' ', '-')}-{kind}"
