"""Securities, their models, and the account."""
