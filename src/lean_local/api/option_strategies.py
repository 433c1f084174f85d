"""Consolidators. Filled in below."""

__all__: list[str] = []
