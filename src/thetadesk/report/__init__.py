"""Reports about a run: results and trace loaded, figures, one HTML page."""
