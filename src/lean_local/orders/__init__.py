"""From order request to fill."""
