"""LEAN's algorithm framework: universe selection, alpha, portfolio construction, risk management and execution."""
