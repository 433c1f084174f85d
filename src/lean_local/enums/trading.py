"""Enums of orders, brokerages and portfolios.

Names and numbers are those of the LEAN source file named in each class.
"""

from lean_local.enums.base import LeanEnum

__all__ = [
    "AccountType",
    "BrokerageEnvironment",
    "BrokerageMessageType",
    "BrokerageName",
    "CashBookUpdateType",
    "FillGroupingMethod",
    "FillMatchingMethod",
    "OrderDirection",
    "OrderError",
    "OrderField",
    "OrderPosition",
    "OrderRequestStatus",
    "OrderRequestType",
    "OrderResponseErrorCode",
    "OrderStatus",
    "OrderType",
    "PortfolioBias",
    "PositionSide",
    "TradeDirection",
]


class OrderType(LeanEnum):
    """Kind of order. (`Common/Orders/OrderTypes.cs`)"""

    MARKET = 0
    LIMIT = 1
    STOP_MARKET = 2
    STOP_LIMIT = 3
    MARKET_ON_OPEN = 4
    MARKET_ON_CLOSE = 5
    OPTION_EXERCISE = 6
    LIMIT_IF_TOUCHED = 7
    COMBO_MARKET = 8
    COMBO_LIMIT = 9
    COMBO_LEG_LIMIT = 10
    TRAILING_STOP = 11


class OrderDirection(LeanEnum):
    """Side of an order. (`Common/Orders/OrderTypes.cs`)"""

    BUY = 0
    SELL = 1
    HOLD = 2


class OrderPosition(LeanEnum):
    """Side of an order with its effect on the position. (`Common/Orders/OrderTypes.cs`)"""

    BUY_TO_OPEN = 0
    BUY_TO_CLOSE = 1
    SELL_TO_OPEN = 2
    SELL_TO_CLOSE = 3


class OrderStatus(LeanEnum):
    """State of an order. (`Common/Orders/OrderTypes.cs`)"""

    NEW = 0
    SUBMITTED = 1
    PARTIALLY_FILLED = 2
    FILLED = 3
    CANCELED = 5
    NONE = 6
    INVALID = 7
    CANCEL_PENDING = 8
    UPDATE_SUBMITTED = 9


class OrderField(LeanEnum):
    """Field of an order ticket. (`Common/Orders/OrderField.cs`)"""

    LIMIT_PRICE = 0
    STOP_PRICE = 1
    TRIGGER_PRICE = 2
    TRAILING_AMOUNT = 3
    TRAILING_AS_PERCENTAGE = 4


class OrderError(LeanEnum):
    """Why an order could not be processed (legacy codes). (`Common/Orders/OrderError.cs`)"""

    CAN_NOT_UPDATE_FILLED_ORDER = -8
    GENERAL_ERROR = -7
    TIMESTAMP_ERROR = -6
    MAX_ORDERS_EXCEEDED = -5
    INSUFFICIENT_CAPITAL = -4
    MARKET_CLOSED = -3
    NO_DATA = -2
    ZERO_QUANTITY = -1
    NONE = 0


class OrderRequestStatus(LeanEnum):
    """State of a request to submit, update or cancel an order. (`Common/Orders/OrderRequestStatus.cs`)"""

    UNPROCESSED = 0
    PROCESSING = 1
    PROCESSED = 2
    ERROR = 3


class OrderRequestType(LeanEnum):
    """Kind of order request. (`Common/Orders/OrderRequestType.cs`)"""

    SUBMIT = 0
    UPDATE = 1
    CANCEL = 2


class OrderResponseErrorCode(LeanEnum):
    """Why an order request was refused. (`Common/Orders/OrderResponseErrorCode.cs`)"""

    NONE = 0
    PROCESSING_ERROR = -1
    ORDER_ALREADY_EXISTS = -2
    INSUFFICIENT_BUYING_POWER = -3
    BROKERAGE_MODEL_REFUSED_TO_SUBMIT_ORDER = -4
    BROKERAGE_FAILED_TO_SUBMIT_ORDER = -5
    BROKERAGE_FAILED_TO_UPDATE_ORDER = -6
    BROKERAGE_HANDLER_REFUSED_TO_UPDATE_ORDER = -7
    BROKERAGE_FAILED_TO_CANCEL_ORDER = -8
    INVALID_ORDER_STATUS = -9
    UNABLE_TO_FIND_ORDER = -10
    ORDER_QUANTITY_ZERO = -11
    UNSUPPORTED_REQUEST_TYPE = -12
    PRE_ORDER_CHECKS_ERROR = -13
    MISSING_SECURITY = -14
    EXCHANGE_NOT_OPEN = -15
    SECURITY_PRICE_ZERO = -16
    FOREX_BASE_AND_QUOTE_CURRENCIES_REQUIRED = -17
    FOREX_CONVERSION_RATE_ZERO = -18
    SECURITY_HAS_NO_DATA = -19
    EXCEEDED_MAXIMUM_ORDERS = -20
    MARKET_ON_CLOSE_ORDER_TOO_LATE = -21
    INVALID_REQUEST = -22
    REQUEST_CANCELED = -23
    ALGORITHM_WARMING_UP = -24
    BROKERAGE_MODEL_REFUSED_TO_UPDATE_ORDER = -25
    QUOTE_CURRENCY_REQUIRED = -26
    CONVERSION_RATE_ZERO = -27
    NON_TRADABLE_SECURITY = -28
    NON_EXERCISABLE_SECURITY = -29
    ORDER_QUANTITY_LESS_THAN_LOT_SIZE = -30
    EXCEEDS_SHORTABLE_QUANTITY = -31
    INVALID_NEW_ORDER_STATUS = -32
    EUROPEAN_OPTION_NOT_EXPIRED_ON_EXERCISE = -33
    OPTION_ORDER_ON_STOCK_SPLIT = -34
    MARKET_ON_OPEN_NOT_ALLOWED_DURING_REGULAR_HOURS = -35


class BrokerageName(LeanEnum):
    """Brokerage model to run with. (`Common/Brokerages/BrokerageName.cs`)"""

    DEFAULT = 0
    QUANT_CONNECT_BROKERAGE = 0
    INTERACTIVE_BROKERS_BROKERAGE = 1
    TRADIER_BROKERAGE = 2
    OANDA_BROKERAGE = 3
    FXCM_BROKERAGE = 4
    BITFINEX = 5
    BINANCE = 6
    GDAX = 12
    ALPACA = 13
    ALPHA_STREAMS = 14
    ZERODHA = 15
    SAMCO = 16
    ATREYU = 17
    TRADING_TECHNOLOGIES = 18
    KRAKEN = 19
    FTX = 20
    FTXUS = 21
    EXANTE = 22
    BINANCE_US = 23
    WOLVERINE = 24
    TD_AMERITRADE = 25
    BINANCE_FUTURES = 26
    BINANCE_COIN_FUTURES = 27
    RBI = 28
    BYBIT = 29
    EZE = 30
    AXOS = 31
    COINBASE = 32
    TRADE_STATION = 33
    TERMINAL_LINK = 34
    CHARLES_SCHWAB = 35
    TASTYTRADE = 36
    INTERACTIVE_BROKERS_FIX = 37
    DYDX = 38
    WEBULL = 39
    PUBLIC = 40
    BLOOMBERG_FIX = 41

    __csharp__ = (
        ("GDAX", "GDAX"),
        ("FTX", "FTX"),
        ("FTXUS", "FTXUS"),
        ("BINANCE_US", "BinanceUS"),
        ("TD_AMERITRADE", "TDAmeritrade"),
        ("RBI", "RBI"),
        ("DYDX", "DYDX"),
    )


class BrokerageMessageType(LeanEnum):
    """Severity or subject of a brokerage message. (`Common/Brokerages/BrokerageMessageType.cs`)"""

    INFORMATION = 0
    WARNING = 1
    ERROR = 2
    RECONNECT = 3
    DISCONNECT = 4
    ACTION_REQUIRED = 5


class AccountType(LeanEnum):
    """Margin or cash account. (`Common/Global.cs`)"""

    MARGIN = 0
    CASH = 1


class PositionSide(LeanEnum):
    """Side of a holding. (`Common/Global.cs`)"""

    SHORT = -1
    NONE = 0
    LONG = 1


class BrokerageEnvironment(LeanEnum):
    """Live or paper brokerage environment. (`Common/Global.cs`)"""

    LIVE = 0
    PAPER = 1


class CashBookUpdateType(LeanEnum):
    """What happened to a cash book entry. (`Common/Global.cs`)"""

    ADDED = 0
    REMOVED = 1
    UPDATED = 2


class TradeDirection(LeanEnum):
    """Side of a closed trade. (`Common/Statistics/TradeEnums.cs`)"""

    LONG = 0
    SHORT = 1


class FillGroupingMethod(LeanEnum):
    """How fills are grouped into trades. (`Common/Statistics/TradeEnums.cs`)"""

    FILL_TO_FILL = 0
    FLAT_TO_FLAT = 1
    FLAT_TO_REDUCED = 2


class FillMatchingMethod(LeanEnum):
    """Which entry fill an exit fill closes. (`Common/Statistics/TradeEnums.cs`)"""

    FIFO = 0
    LIFO = 1

    __csharp__ = (
        ("FIFO", "FIFO"),
        ("LIFO", "LIFO"),
    )


class PortfolioBias(LeanEnum):
    """Sides a portfolio construction model may take. (`Algorithm/Portfolio/PortfolioBias.cs`)"""

    SHORT = -1
    LONG_SHORT = 0
    LONG = 1
