"""The time loop and what feeds it."""
