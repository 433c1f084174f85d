"""Baskets of exchange traded funds as universes (`Algorithm.Framework/Selection/*ETFUniverse.cs`)."""

from collections.abc import Iterator
from datetime import date

from lean_local.framework.selection import InceptionDateUniverseSelectionModel
from lean_local.naming import LeanObject, NetList
from lean_local.symbols import Symbol


class BasketUniverse(InceptionDateUniverseSelectionModel):
    """Funds of a list, each from its first date on."""

    basket = ""
    funds = ""

    def __init__(self) -> None:
        pairs = (entry.split(":") for entry in self.funds.split())
        super().__init__(self.basket, {ticker: date.fromisoformat(first) for ticker, first in pairs})


class EnergyETFUniverse(BasketUniverse):
    """Energy: funds from their first date on."""

    basket = "qc-energy-etf-basket"
    funds = (
        "XLE:1998-12-22 IYE:2000-06-16 VDE:2004-09-29 USO:2006-04-10 XES:2006-06-22 XOP:2006-06-22 "
        "UNG:2007-04-18 ICLN:2008-06-25 ERX:2008-11-06 ERY:2008-11-06 SCO:2008-11-25 UCO:2008-11-25 "
        "AMJ:2009-06-02 BNO:2010-06-02 AMLP:2010-08-25 OIH:2011-12-21 DGAZ:2012-02-08 UGAZ:2012-02-08 "
        "TAN:2012-02-15"
    )


class MetalsETFUniverse(BasketUniverse):
    """Metals: funds from their first date on."""

    basket = "qc-metals-etf-basket"
    funds = (
        "GLD:2004-11-18 IAU:2005-01-28 SLV:2006-04-28 GDX:2006-05-22 AGQ:2008-12-04 GDXJ:2009-11-11 "
        "PPLT:2010-01-08 NUGT:2010-12-08 DUST:2010-12-08 USLV:2011-10-17 UGLD:2011-10-17 JNUG:2013-10-03 "
        "JDST:2013-10-03"
    )


class SP500SectorsETFUniverse(BasketUniverse):
    """Sectors of the S&P 500: funds from their first date on."""

    basket = "qc-sp500-sectors-etf-basket"
    funds = (
        "XLB:1998-12-22 XLE:1998-12-22 XLF:1998-12-22 XLI:1998-12-22 XLK:1998-12-22 XLP:1998-12-22 "
        "XLU:1998-12-22 XLV:1998-12-22 XLY:1998-12-22"
    )


class TechnologyETFUniverse(BasketUniverse):
    """Technology: funds from their first date on."""

    basket = "qc-technology-etf-basket"
    funds = (
        "XLK:1998-12-22 QQQ:1999-03-10 SOXX:2001-07-13 IGV:2001-07-13 VGT:2004-01-30 QTEC:2006-04-25 "
        "FDN:2006-06-23 FXL:2007-05-10 TECL:2008-12-17 TECS:2008-12-17 SOXL:2010-03-11 SOXS:2010-03-11 "
        "SKYY:2011-07-06 SMH:2011-12-21 KWEB:2013-08-01 FTEC:2013-10-24"
    )


class USTreasuriesETFUniverse(BasketUniverse):
    """US treasuries: funds from their first date on."""

    basket = "qc-us-treasuries-etf-basket"
    funds = (
        "IEF:2002-07-26 SHY:2002-07-26 TLT:2002-07-26 IEI:2007-01-11 SHV:2007-01-11 TLH:2007-01-11 "
        "EDV:2007-12-10 BIL:2007-05-30 SPTL:2007-05-30 TBT:2008-05-01 TMF:2009-04-16 TMV:2009-04-16 "
        "TBF:2009-08-20 VGSH:2009-11-23 VGIT:2009-11-23 VGLT:2009-11-24 SCHO:2010-08-06 SCHR:2010-08-06 "
        "SPTS:2011-12-01 GOVT:2012-02-24"
    )


class VolatilityETFUniverse(BasketUniverse):
    """Volatility: funds from their first date on."""

    basket = "qc-volatility-etf-basket"
    funds = (
        "SQQQ:2010-02-11 TQQQ:2010-02-11 TVIX:2010-11-30 VIXY:2011-01-04 SPLV:2011-05-05 SVXY:2011-10-04 "
        "UVXY:2011-10-04 EEMV:2011-10-20 EFAV:2011-10-20 USMV:2011-10-20"
    )


class Grouping(LeanObject):
    """Funds of one subject: those that rise with it, and those that fall."""

    def __init__(self, long_tickers: str, inverse_tickers: str) -> None:
        self._long, self._inverse = long_tickers.split(), inverse_tickers.split()

    @property
    def long(self) -> NetList:
        """Symbols of the funds that rise."""
        return NetList(Symbol.create_equity(t) for t in self._long)

    @property
    def inverse(self) -> NetList:
        """Symbols of the funds that fall."""
        return NetList(Symbol.create_equity(t) for t in self._inverse)

    def __iter__(self) -> Iterator[Symbol]:
        return iter([*self.long, *self.inverse])

    def __len__(self) -> int:
        return len(self._long) + len(self._inverse)

    @property
    def count(self) -> int:
        """Number of funds."""
        return len(self)

    def __str__(self) -> str:
        if not len(self):
            return "No Symbols"
        sides = (("Long", self._long), ("Inverse", self._inverse))
        told = "".join(f" {name}: {','.join(tickers)}" for name, tickers in sides if tickers)
        return f"{len(self)} symbols:{told}"


class LiquidETFUniverse(InceptionDateUniverseSelectionModel):
    """The liquid funds of all groups, each from its listing on."""

    ENERGY = Energy = Grouping("VDE USO XES XOP UNG ICLN ERX UCO AMJ BNO AMLP UGAZ TAN", "ERY SCO DGAZ")
    METALS = Metals = Grouping("GLD IAU SLV GDX AGQ PPLT NUGT USLV UGLD JNUG", "DUST JDST")
    TECHNOLOGY = Technology = Grouping("QQQ IGV QTEC FDN FXL TECL SOXL SKYY KWEB", "TECS SOXS")
    TREASURIES = Treasuries = Grouping("IEF SHY TLT IEI TLH BIL SPTL TMF SCHO SCHR SPTS GOVT", "SHV TBT TBF TMV")
    VOLATILITY = Volatility = Grouping("TVIX VIXY SPLV UVXY EEMV EFAV USMV", "SVXY")
    SP_500_SECTORS = SP500Sectors = Grouping("XLB XLE XLF XLI XLK XLP XLU XLV XLY", "")

    def __init__(self) -> None:
        groups = (self.SP_500_SECTORS, self.ENERGY, self.METALS, self.TECHNOLOGY, self.TREASURIES, self.VOLATILITY)
        symbols = [symbol for group in groups for symbol in group]
        super().__init__("qc-liquid-etf-basket", {s.value: s.id.date for s in symbols})


__all__ = [
    "EnergyETFUniverse",
    "LiquidETFUniverse",
    "MetalsETFUniverse",
    "SP500SectorsETFUniverse",
    "TechnologyETFUniverse",
    "USTreasuriesETFUniverse",
    "VolatilityETFUniverse",
]
