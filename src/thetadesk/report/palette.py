"""Colours as data. Okabe and Ito's palette (Color Universal Design, 2008) stays apart for colour-blind readers."""

INK = "#1b1f24"
MUTED = "#5d6670"
GRID = "#e6e9ed"
EQUITY = "#0072b2"
INDEX = "#8a929b"
GAIN = "#009e73"
LOSS = "#d55e00"
REFUSED = "#e69f00"
TARGET = "#d55e00"
FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, 'DejaVu Sans', sans-serif"

# Bands behind the VIX, from calm to extreme: blue to red through pale yellow, distinct in lightness too.
REGIME_COLOURS: tuple[str, ...] = ("#c6dbef", "#e3eef8", "#f3f4f0", "#fee8b4", "#fdbf7a", "#ef8a62")

STAGE_COLOURS: dict[str, str] = {
    "data": "#56b4e9",
    "regime": "#0072b2",
    "chain": "#009e73",
    "greeks": "#f0e442",
    "signal": "#e69f00",
    "risk": "#d55e00",
    "order": "#cc79a7",
    "submit": "#7b5ea7",
    "unattributed": "#b8bec5",
}


def regime_colour(position: int) -> str:
    """Return the band colour of a regime by its position, from calm (0) to extreme."""
    return REGIME_COLOURS[min(position, len(REGIME_COLOURS) - 1)]
