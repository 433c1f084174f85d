"""The desk beside LEAN: the thetatrace command, data making, reports."""
