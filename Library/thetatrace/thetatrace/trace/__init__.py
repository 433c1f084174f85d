"""Stage tracing: one decision, front to back, with the time every stage took."""

from thetatrace.trace.codec import TRACE_FORMAT_VERSION, Trace, TraceFormatError, decode_trace, encode_trace
from thetatrace.trace.recorder import DecisionTracer
from thetatrace.trace.stages import COMPUTE_STAGES, MARKET_STAGES, STAGES, DecisionKind, Stage
from thetatrace.trace.summary import ReasonCount, StageSummary, count_reasons, summarise_stages, unattributed_share

__all__ = [
    "COMPUTE_STAGES",
    "MARKET_STAGES",
    "STAGES",
    "TRACE_FORMAT_VERSION",
    "DecisionKind",
    "DecisionTracer",
    "ReasonCount",
    "Stage",
    "StageSummary",
    "Trace",
    "TraceFormatError",
    "count_reasons",
    "decode_trace",
    "encode_trace",
    "summarise_stages",
    "unattributed_share",
]
