"""Option analytics, strategies and stage tracing that run inside LEAN."""
