"""Small statements of companies that do not exist, with lines that add up."""

from __future__ import annotations

from dataclasses import dataclass

from suites.finance_statements.draw import Draw

FIRST = ("Alder", "Brask", "Corvane", "Dunmore", "Elstow", "Farrow", "Glenhollow", "Hartwick", "Ivelle", "Jorvik")
SECOND = ("Kiln", "Loom", "Harbor", "Orchard", "Signal", "Quarry", "Lantern", "Bridge", "Copper")
THIRD = ("Works", "Supply", "Holdings", "Instruments", "Foods", "Freight", "Software")
FIGURE = {"thousands": 1_000, "millions": 1_000_000}

INCOME = (
    "Net sales",
    "Cost of sales",
    "Gross profit",
    "Operating expenses",
    "Operating income (loss)",
    "Interest expense",
    "Other income (expense), net",
    "Income (loss) before taxes",
    "Income tax expense (benefit)",
    "Net income (loss)",
)
BALANCE = (
    "Cash and cash equivalents",
    "Accounts receivable",
    "Inventories",
    "Total current assets",
    "Property and equipment, net",
    "Total assets",
    "Total current liabilities",
    "Long-term debt",
    "Total liabilities",
    "Shareholders' equity",
)


@dataclass(frozen=True)
class Statement:
    """Two years of one company, in thousands or millions of US dollars.

    Attributes:
        company: its name; the cluster of its questions.
        scale: "thousands" or "millions".
        years: (earlier, later).
        lines: name -> (earlier, later), whole numbers of the scale; a loss is negative.
        newest_first: whether the later year stands in the left column.
    """

    company: str
    scale: str
    years: tuple[int, int]
    lines: dict[str, tuple[int, int]]
    newest_first: bool

    def text(self) -> str:
        """The statement as a person reads it: losses in parentheses, thousands separated by commas."""
        order = (1, 0) if self.newest_first else (0, 1)
        head = f"{self.company}\n(in {self.scale} of US dollars; years ended December 31; negatives in parentheses)\n"
        rows = [f"{'':<32}" + "".join(f"{self.years[i]:>14}" for i in order)]
        rows += [f"{name:<32}" + "".join(f"{shown(v[i]):>14}" for i in order) for name, v in self.lines.items()]
        return "\n".join([head, *rows])


def shown(value: int) -> str:
    """1234 -> "1,234"; -1234 -> "(1,234)"."""
    return f"({-value:,})" if value < 0 else f"{value:,}"


def make(index: int, draw: Draw) -> Statement:
    """The statement with this number."""
    scale = "thousands" if index % 2 else "millions"
    later = draw.between(2017, 2024, index, "year")
    years = [_year(draw, index, scale, which) for which in range(2)]
    lines = {name: (years[0][name], years[1][name]) for name in INCOME + BALANCE}
    return Statement(_company(index, draw), scale, (later - 1, later), lines, draw.below(2, index, "order") == 0)


def _company(index: int, draw: Draw) -> str:
    """The first two words walk through all pairs before one comes twice (10 and 9 share no factor)."""
    words = (FIRST[index % len(FIRST)], SECOND[index % len(SECOND)], draw.pick(THIRD, index, "name"))
    return " ".join(words)


def _year(draw: Draw, index: int, scale: str, which: int) -> dict[str, int]:
    """One year's lines. Shares of sales are drawn in thousandths; totals are sums, so that every line adds up."""

    def share(low: int, high: int, name: str) -> int:
        """In the later year a share moves by a tenth at most."""
        drawn = draw.between(low, high, index, name)
        return sales * (drawn if which == 0 else drawn * draw.between(900, 1_100, index, name, "moved") // 1000) // 1000

    first = draw.between(900, 9_500, index, "sales") * (10 if scale == "thousands" else 1) + draw.below(
        10, index, "unit"
    )
    sales = first if which == 0 else first * draw.between(740, 1_390, index, "growth") // 1000
    income = [sales, share(430, 720, "cost"), share(200, 430, "operating"), share(4, 30, "interest")]
    before_taxes = sales - income[1] - income[2] - income[3] + (other := share(-24, 22, "other"))
    taxes = before_taxes * draw.between(19, 27, index, which, "tax") // 100
    cash, receivables, stock = share(40, 260, "cash"), share(80, 190, "receivable"), share(60, 210, "stock")
    plant, debt, current = share(180, 620, "plant"), share(50, 260, "debt"), share(90, 300, "current")
    assets = cash + receivables + stock + plant
    values = (
        *(sales, income[1], sales - income[1], income[2], sales - income[1] - income[2], income[3], other),
        *(before_taxes, taxes, before_taxes - taxes),
        *(cash, receivables, stock, cash + receivables + stock, plant, assets),
        *(current, debt, current + debt, assets - current - debt),
    )
    return dict(zip(INCOME + BALANCE, values, strict=True))


APPLE = Statement(
    "Apple Computer, Inc.",
    "millions",
    (2000, 2001),
    {"Net sales": (7_983, 5_363)},
    newest_first=False,
)
"""The founding example, from the company's annual report for fiscal 2001: the one real case among the fictional."""
