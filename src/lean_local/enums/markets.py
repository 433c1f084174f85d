"""Market names and the codes they have inside SIDs (`Common/Market.cs`)."""


class Market:
    """Market names. Members have UPPER_SNAKE names; the C# spelling of each works too."""

    USA = "usa"
    OANDA = "oanda"
    FXCM = "fxcm"
    DUKASCOPY = "dukascopy"
    BITFINEX = "bitfinex"
    GLOBEX = "cmeglobex"
    NYMEX = "nymex"
    CBOT = "cbot"
    ICE = "ice"
    CBOE = "cboe"
    CFE = "cfe"
    INDIA = "india"
    COMEX = "comex"
    CME = "cme"
    EUREX = "eurex"
    SGX = "sgx"
    HKFE = "hkfe"
    OSE = "ose"
    NYSELIFFE = "nyseliffe"
    GDAX = "coinbase"
    KRAKEN = "kraken"
    BITSTAMP = "bitstamp"
    OK_COIN = "okcoin"
    BITHUMB = "bithumb"
    BINANCE = "binance"
    POLONIEX = "poloniex"
    COINONE = "coinone"
    HIT_BTC = "hitbtc"
    BITTREX = "bittrex"
    FTX = "ftx"
    FTXUS = "ftxus"
    BINANCE_US = "binanceus"
    BYBIT = "bybit"
    COINBASE = "coinbase"
    INTERACTIVE_BROKERS = "interactivebrokers"
    DYDX = "dydx"
    KRX = "krx"

    Oanda = OANDA
    Dukascopy = DUKASCOPY
    Bitfinex = BITFINEX
    Globex = GLOBEX
    India = INDIA
    Kraken = KRAKEN
    Bitstamp = BITSTAMP
    OkCoin = OK_COIN
    Bithumb = BITHUMB
    Binance = BINANCE
    Poloniex = POLONIEX
    Coinone = COINONE
    HitBTC = HIT_BTC
    Bittrex = BITTREX
    BinanceUS = BINANCE_US
    Bybit = BYBIT
    Coinbase = COINBASE
    InteractiveBrokers = INTERACTIVE_BROKERS


_CODES: dict[str, int] = {
    "empty": 0,
    "usa": 1,
    "fxcm": 2,
    "oanda": 3,
    "dukascopy": 4,
    "bitfinex": 5,
    "cmeglobex": 6,
    "nymex": 7,
    "cbot": 8,
    "ice": 9,
    "cboe": 10,
    "india": 11,
    "kraken": 13,
    "bittrex": 14,
    "bithumb": 15,
    "binance": 16,
    "poloniex": 17,
    "coinone": 18,
    "hitbtc": 19,
    "okcoin": 20,
    "bitstamp": 21,
    "comex": 22,
    "cme": 23,
    "sgx": 24,
    "hkfe": 25,
    "nyseliffe": 26,
    "cfe": 33,
    "ftx": 34,
    "ftxus": 35,
    "binanceus": 36,
    "bybit": 37,
    "coinbase": 38,
    "interactivebrokers": 39,
    "eurex": 40,
    "ose": 41,
    "dydx": 42,
    "krx": 43,
}
# 12 was GDAX, since renamed: old SIDs with it still decode.
_NAMES: dict[int, str] = {code: name for name, code in _CODES.items()} | {12: Market.COINBASE}


def market_code(market: str) -> int:
    """Code of a market inside a SID; raises `ValueError` for a market LEAN does not know."""
    try:
        return _CODES[market.lower()]
    except KeyError:
        raise ValueError(f"The market {market} is not one of LEAN's markets") from None


def market_name(code: int) -> str:
    """Name of a market by its code; an unknown code gives its digits, as in LEAN."""
    return _NAMES.get(code, str(code))
