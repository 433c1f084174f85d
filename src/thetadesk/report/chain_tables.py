"""Tables about a chain: what its gates let through, and what its smiles say."""

from collections.abc import Mapping
from datetime import date

from thetadesk.tables import NONE, Column, Table, number
from thetatrace.chain import ChainGates, QuoteReason
from thetatrace.volatility.skew import measure_smile
from thetatrace.volatility.smile import SmileFit

GATE_TEXT = {
    QuoteReason.OK: "fit to trade on",
    QuoteReason.MISSING: "a side is not quoted",
    QuoteReason.NOT_FINITE: "a side is no number",
    QuoteReason.CROSSED: "bid above ask",
    QuoteReason.DUPLICATE: "listed twice",
    QuoteReason.STALE: "too old",
    QuoteReason.WIDE: "spread too wide",
    QuoteReason.THIN_INTEREST: "open interest too small",
    QuoteReason.THIN_VOLUME: "volume too small",
}


def gate_table(gates: ChainGates) -> Table:
    """Say how many contracts pass the gates and how many fail for what."""
    total = max(len(gates.code), 1)
    rows = tuple(
        (reason.name, GATE_TEXT[reason], f"{count:,}", number(100 * count / total))
        for reason, count in zip(QuoteReason, gates.counts, strict=True)
        if count
    )
    columns = (Column("code", right=False), Column("meaning", right=False), Column("contracts"), Column("share", "%"))
    return Table("Gates", columns, rows)


def smile_table(fits: Mapping[int, SmileFit], today: date) -> Table:
    """List the expiries with their level, skew and convexity in volatility points, or why there is no smile."""
    rows: list[tuple[str, ...]] = []
    for expiry, fit in sorted(fits.items()):
        head = (f"{date.fromordinal(expiry):%Y-%m-%d}", f"{expiry - today.toordinal()}", fit.reason.name)
        if fit.smile is None:
            rows.append((*head, NONE, NONE, NONE, NONE, NONE))
            continue
        found = measure_smile(fit.smile)
        figures = (found.at_the_money, found.risk_reversal, found.butterfly, fit.smile.error)
        rows.append((*head, f"{fit.smile.forward:,.2f}", *(number(100 * each, 2) for each in figures)))
    columns = (
        Column("expiry", right=False), Column("days"), Column("fit", right=False), Column("forward"),
        Column("at the forward", "%"), Column("risk reversal 25Δ", "points"), Column("butterfly 25Δ", "points"),
        Column("error", "points"),
    )  # fmt: skip
    return Table("Smiles", columns, tuple(rows), "Risk reversal: call minus put volatility. Negative: puts are dearer.")
