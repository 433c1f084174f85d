"""Option analytics, strategies and stage tracing that run inside LEAN."""

__version__ = "0.1.0"
