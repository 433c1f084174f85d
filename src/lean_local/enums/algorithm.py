"""Enums of algorithms, insights, charts and indicators.

Names and numbers are those of the LEAN source file named in each class.
"""

from lean_local.enums.base import LeanEnum

__all__ = [
    "AlgorithmMode",
    "AlgorithmStatus",
    "CandleColor",
    "CandleRangeType",
    "CandleSettingType",
    "ChartType",
    "ComparisonOperatorTypes",
    "CorrelationType",
    "DeploymentTarget",
    "IndicatorStatus",
    "InsightDirection",
    "InsightScoreType",
    "InsightType",
    "Language",
    "MovingAverageType",
    "OptimizationStatus",
    "PivotPointType",
    "ScatterMarkerSymbol",
    "SeriesType",
    "ServerType",
    "StoragePermissions",
    "SwissArmyKnifeTool",
]


class AlgorithmStatus(LeanEnum):
    """State of a running algorithm. (`Common/Global.cs`)"""

    DEPLOY_ERROR = 0
    IN_QUEUE = 1
    RUNNING = 2
    STOPPED = 3
    LIQUIDATED = 4
    DELETED = 5
    COMPLETED = 6
    RUNTIME_ERROR = 7
    INVALID = 8
    LOGGING_IN = 9
    INITIALIZING = 10
    HISTORY = 11
    PENDING_INPUT = 12
    IDLE = 13


class AlgorithmMode(LeanEnum):
    """What an algorithm runs for. (`Common/Global.cs`)"""

    LIVE = 0
    OPTIMIZATION = 1
    BACKTESTING = 2
    RESEARCH = 3


class DeploymentTarget(LeanEnum):
    """Where an algorithm runs. (`Common/Global.cs`)"""

    CLOUD_PLATFORM = 0
    LOCAL_PLATFORM = 1
    PRIVATE_CLOUD_PLATFORM = 2


class Language(LeanEnum):
    """Language an algorithm is written in. (`Common/Global.cs`)"""

    C_SHARP = 0
    F_SHARP = 1
    VISUAL_BASIC = 2
    JAVA = 3
    PYTHON = 4


class ServerType(LeanEnum):
    """Memory class of a server. (`Common/Global.cs`)"""

    SERVER_512 = 0
    SERVER_1024 = 1
    SERVER_2048 = 2


class StoragePermissions(LeanEnum):
    """Who may read a stored object. (`Common/Global.cs`)"""

    PUBLIC = 0
    AUTHENTICATED = 1


class InsightDirection(LeanEnum):
    """Predicted direction. (`Common/Algorithm/Framework/Alphas/InsightDirection.cs`)"""

    DOWN = -1
    FLAT = 0
    UP = 1


class InsightType(LeanEnum):
    """What an insight predicts. (`Common/Algorithm/Framework/Alphas/InsightType.cs`)"""

    PRICE = 0
    VOLATILITY = 1


class InsightScoreType(LeanEnum):
    """What an insight is scored by. (`Common/Algorithm/Framework/Alphas/InsightScoreType.cs`)"""

    DIRECTION = 0
    MAGNITUDE = 1


class SeriesType(LeanEnum):
    """How a chart series is drawn. (`Common/BaseSeries.cs`)"""

    LINE = 0
    SCATTER = 1
    CANDLE = 2
    BAR = 3
    FLAG = 4
    STACKED_AREA = 5
    PIE = 6
    TREEMAP = 7
    HEATMAP = 9
    SCATTER_3D = 10


class ChartType(LeanEnum):
    """How the series of a chart share its axes. (`Common/Chart.cs`)"""

    OVERLAY = 0
    STACKED = 1


class ScatterMarkerSymbol(LeanEnum):
    """Marker of a scatter series. (`Common/Series.cs`)"""

    NONE = 0
    CIRCLE = 1
    SQUARE = 2
    DIAMOND = 3
    TRIANGLE = 4
    TRIANGLE_DOWN = 5


class MovingAverageType(LeanEnum):
    """Kind of moving average. (`Indicators/MovingAverageType.cs`)"""

    SIMPLE = 0
    EXPONENTIAL = 1
    WILDERS = 2
    LINEAR_WEIGHTED_MOVING_AVERAGE = 3
    DOUBLE_EXPONENTIAL = 4
    TRIPLE_EXPONENTIAL = 5
    TRIANGULAR = 6
    T_3 = 7
    KAMA = 8
    HULL = 9
    ALMA = 10
    ZLEMA = 11
    MGD = 12

    __csharp__ = (("MGD", "MGD"),)


class IndicatorStatus(LeanEnum):
    """Outcome of an indicator computation. (`Indicators/IndicatorStatus.cs`)"""

    SUCCESS = 0
    INVALID_INPUT = 1
    MATH_ERROR = 2
    VALUE_NOT_READY = 3


class CorrelationType(LeanEnum):
    """Kind of correlation. (`Indicators/CorrelationType.cs`)"""

    PEARSON = 0
    SPEARMAN = 1


class PivotPointType(LeanEnum):
    """Kind of pivot point. (`Indicators/PivotPointsHighLow.cs`)"""

    LOW = -1
    NONE = 0
    HIGH = 1
    BOTH = 2


class SwissArmyKnifeTool(LeanEnum):
    """Filter of the Swiss army knife indicator. (`Indicators/SwissArmyKnife.cs`)"""

    GAUSS = 0
    BUTTER = 1
    HIGH_PASS = 2
    TWO_POLE_HIGH_PASS = 3
    BAND_PASS = 4


class CandleSettingType(LeanEnum):
    """Setting of the candlestick patterns. (`Indicators/CandlestickPatterns/CandleEnums.cs`)"""

    BODY_LONG = 0
    BODY_VERY_LONG = 1
    BODY_SHORT = 2
    BODY_DOJI = 3
    SHADOW_LONG = 4
    SHADOW_VERY_LONG = 5
    SHADOW_SHORT = 6
    SHADOW_VERY_SHORT = 7
    NEAR = 8
    FAR = 9
    EQUAL = 10


class CandleRangeType(LeanEnum):
    """Range a candlestick setting measures. (`Indicators/CandlestickPatterns/CandleEnums.cs`)"""

    REAL_BODY = 0
    HIGH_LOW = 1
    SHADOWS = 2


class CandleColor(LeanEnum):
    """Colour of a candle. (`Indicators/CandlestickPatterns/CandleEnums.cs`)"""

    WHITE = 1
    BLACK = -1


class OptimizationStatus(LeanEnum):
    """State of an optimization. (`Common/Optimizer/OptimizationStatus.cs`)"""

    NEW = 0
    ABORTED = 1
    RUNNING = 2
    COMPLETED = 3


class ComparisonOperatorTypes(LeanEnum):
    """Comparison of two values. (`Common/Util/ComparisonOperatorTypes.cs`)"""

    EQUALS = 0
    NOT_EQUAL = 1
    GREATER = 2
    GREATER_OR_EQUAL = 3
    LESS = 4
    LESS_OR_EQUAL = 5
