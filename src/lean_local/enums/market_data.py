"""Enums of market data, contracts and subscriptions.

Names and numbers are those of the LEAN source file named in each class.
"""

from lean_local.enums.base import LeanEnum

__all__ = [
    "AdjustmentType",
    "BarDirection",
    "DataFeedEndpoint",
    "DataMappingMode",
    "DataNormalizationMode",
    "DelistingType",
    "FileFormat",
    "MarketDataType",
    "MarketHoursState",
    "OptionPricingModelType",
    "OptionRight",
    "OptionStyle",
    "Period",
    "RenkoType",
    "Resolution",
    "SecurityType",
    "SettlementType",
    "SplitType",
    "SubscriptionTransportMedium",
    "TickType",
    "TradingDayType",
    "WritePolicy",
]


class SecurityType(LeanEnum):
    """Kind of security; part of every SID. (`Common/Global.cs`)"""

    BASE = 0
    EQUITY = 1
    OPTION = 2
    COMMODITY = 3
    FOREX = 4
    FUTURE = 5
    CFD = 6
    CRYPTO = 7
    FUTURE_OPTION = 8
    INDEX = 9
    INDEX_OPTION = 10
    CRYPTO_FUTURE = 11


class Resolution(LeanEnum):
    """Length of a bar, shortest first. (`Common/Global.cs`)"""

    TICK = 0
    SECOND = 1
    MINUTE = 2
    HOUR = 3
    DAILY = 4


class TickType(LeanEnum):
    """What a data row holds: trades, quotes or open interest. (`Common/Global.cs`)"""

    TRADE = 0
    QUOTE = 1
    OPEN_INTEREST = 2


class MarketDataType(LeanEnum):
    """Class of a data point, as its `data_type` tells. (`Common/Global.cs`)"""

    BASE = 0
    TRADE_BAR = 1
    TICK = 2
    AUXILIARY = 3
    QUOTE_BAR = 4
    OPTION_CHAIN = 5
    FUTURES_CHAIN = 6


class OptionRight(LeanEnum):
    """Call or put. (`Common/Global.cs`)"""

    CALL = 0
    PUT = 1


class OptionStyle(LeanEnum):
    """When an option may be exercised. (`Common/Global.cs`)"""

    AMERICAN = 0
    EUROPEAN = 1


class SettlementType(LeanEnum):
    """How an exercised or expired contract is settled. (`Common/Global.cs`)"""

    PHYSICAL_DELIVERY = 0
    CASH = 1


class DataNormalizationMode(LeanEnum):
    """How prices are adjusted for corporate actions or contract rolls. (`Common/Global.cs`)"""

    RAW = 0
    ADJUSTED = 1
    SPLIT_ADJUSTED = 2
    TOTAL_RETURN = 3
    FORWARD_PANAMA_CANAL = 4
    BACKWARDS_PANAMA_CANAL = 5
    BACKWARDS_RATIO = 6
    SCALED_RAW = 7


class DataMappingMode(LeanEnum):
    """When a continuous future moves to its next contract. (`Common/Global.cs`)"""

    LAST_TRADING_DAY = 0
    FIRST_DAY_MONTH = 1
    OPEN_INTEREST = 2
    OPEN_INTEREST_ANNUAL = 3


class DelistingType(LeanEnum):
    """Stage of a delisting. (`Common/Global.cs`)"""

    WARNING = 0
    DELISTED = 1


class SplitType(LeanEnum):
    """Stage of a split. (`Common/Global.cs`)"""

    WARNING = 0
    SPLIT_OCCURRED = 1


class SubscriptionTransportMedium(LeanEnum):
    """Where a custom data source is read from. (`Common/Global.cs`)"""

    LOCAL_FILE = 0
    REMOTE_FILE = 1
    REST = 2
    STREAMING = 3
    OBJECT_STORE = 4


class DataFeedEndpoint(LeanEnum):
    """Feed an algorithm is connected to. (`Common/Global.cs`)"""

    BACKTESTING = 0
    FILE_SYSTEM = 1
    LIVE_TRADING = 2
    DATABASE = 3


class Period(LeanEnum):
    """Bar lengths in seconds. (`Common/Global.cs`)"""

    TEN_SECONDS = 10
    THIRTY_SECONDS = 30
    ONE_MINUTE = 60
    TWO_MINUTES = 120
    THREE_MINUTES = 180
    FIVE_MINUTES = 300
    TEN_MINUTES = 600
    FIFTEEN_MINUTES = 900
    TWENTY_MINUTES = 1200
    THIRTY_MINUTES = 1800
    ONE_HOUR = 3600
    TWO_HOURS = 7200
    FOUR_HOURS = 14400
    SIX_HOURS = 21600


class WritePolicy(LeanEnum):
    """What a data writer does with rows that exist. (`Common/Global.cs`)"""

    OVERWRITE = 0
    MERGE = 1
    APPEND = 2


class FileFormat(LeanEnum):
    """How a custom data source is cut into points. (`Common/Data/FileFormat.cs`)"""

    CSV = 0
    BINARY = 1
    ZIP_ENTRY_NAME = 2
    UNFOLDING_COLLECTION = 3
    INDEX = 4
    FOLDING_COLLECTION = 5


class BarDirection(LeanEnum):
    """Direction of a range or Renko bar. (`Common/Data/Market/BarDirection.cs`)"""

    RISING = 0
    NO_DELTA = 1
    FALLING = 2


class RenkoType(LeanEnum):
    """Kind of Renko bar. (`Common/Data/Market/RenkoType.cs`)"""

    CLASSIC = 0
    WICKED = 1


class MarketHoursState(LeanEnum):
    """State of an exchange in one segment of a day. (`Common/Securities/MarketHoursState.cs`)"""

    CLOSED = 0
    PRE_MARKET = 1
    MARKET = 2
    POST_MARKET = 3


class TradingDayType(LeanEnum):
    """Kind of a calendar day. (`Common/TradingDay.cs`)"""

    BUSINESS_DAY = 0
    PUBLIC_HOLIDAY = 1
    WEEKEND = 2
    OPTION_EXPIRATION = 3
    FUTURE_EXPIRATION = 4
    FUTURE_ROLL = 5
    SYMBOL_DELISTING = 6
    EQUITY_DIVIDENDS = 7
    ECONOMIC_EVENT = 8


class OptionPricingModelType(LeanEnum):
    """Model behind the Greek and implied volatility indicators. (`Common/Indicators/OptionPricingModelType.cs`)"""

    BLACK_SCHOLES = 0
    BINOMIAL_COX_ROSS_RUBINSTEIN = 1
    FORWARD_TREE = 2


class AdjustmentType(LeanEnum):
    """How a continuous contract model adjusts prices. (`Common/Securities/Interfaces/IContinuousContractModel.cs`)"""

    FORWARD_ADJUSTED = 0
    BACK_ADJUSTED = 1
