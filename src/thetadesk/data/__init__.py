"""LEAN data folders: making one from real daily history (`maker`), and checking any (`check`)."""
