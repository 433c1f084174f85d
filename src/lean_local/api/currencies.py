"""LEAN's `Currencies`: codes and the symbols they are printed with (`Common/Currencies.cs`)."""

from lean_local.naming import LeanObject
from lean_local.results.numbers import currency_symbol


class Currencies(LeanObject):
    """Codes of currencies."""

    USD, EUR, GBP, INR, IDR = "USD", "EUR", "GBP", "INR", "IDR"
    CNH, CHF, HKD, JPY, KRW = "CNH", "CHF", "HKD", "JPY", "KRW"
    NULL_CURRENCY = NullCurrency = "QCC"

    @staticmethod
    def get_currency_symbol(currency: str) -> str:
        """What an amount is printed with; the code itself without one."""
        return currency_symbol(currency)


__all__ = ["Currencies"]
