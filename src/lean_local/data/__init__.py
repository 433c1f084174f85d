"""Readers of LEAN data folders: every file format as columns."""
