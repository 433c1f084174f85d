"""Writes docs/settings.md from the settings dataclasses: `python -m thetadesk.settings_doc`. A test keeps it true."""

from collections.abc import Sequence
from pathlib import Path

from thetatrace.config import describe_settings
from thetatrace.reasons import Reason, reason_group
from thetatrace.risk import RiskSettings
from thetatrace.strategies import Friday0dteSettings
from thetatrace.trace import STAGES
from thetatrace.volatility import REGIMES, VixSettings

GROUPS = ((Friday0dteSettings, "friday_0dte"), (VixSettings, "vix"), (RiskSettings, "risk"))
TARGET = Path("docs/settings.md")


def _table(header: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> list[str]:
    return [
        "| " + " | ".join(header) + " |",
        "| " + " | ".join("---" for _ in header) + " |",
        *("| " + " | ".join(row) + " |" for row in rows),
        "",
    ]


def render() -> str:
    """Return the whole document as Markdown."""
    lines = [
        "# Settings, stages, regimes and reason codes",
        "",
        "Made by `python -m thetadesk.settings_doc` from the code; do not edit.",
        "",
        "Set any of them in a project's `config.json` under `parameters` (texts), or with",
        "`thetatrace backtest … --parameter NAME VALUE`. A value that cannot be used stops the run with one sentence.",
        "",
    ]
    for kind, prefix in GROUPS:
        documentation = (kind.__doc__ or "").strip().splitlines()[0]
        rows = [(f"`{d.name}`", d.type, d.default, d.doc) for d in describe_settings(kind, prefix)]
        lines += [f"## `{prefix}`", "", documentation, ""]
        lines += _table(("parameter", "type", "default", "meaning"), rows)
    lines += ["## Stages", ""]
    lines += _table(
        ("stage", "clock", "what it holds", "p99 target"),
        [
            (
                info.label,
                "monotonic" if info.is_compute else "market",
                info.description,
                "" if info.target_ms is None else f"{info.target_ms:g} ms",
            )
            for info in STAGES
        ],
    )
    lines += ["## VIX regimes", ""]
    lines += _table(
        ("regime", "from VIX", "buying power cap", "size ×"),
        [(s.regime.name, f"{s.floor:g}", f"{s.buying_power_cap:.0%}", f"{s.size_multiplier:g}") for s in REGIMES],
    )
    lines += ["## Reason codes", ""]
    lines += _table(
        ("code", "name", "group", "meaning"),
        [(str(int(r)), f"`{r.name}`", reason_group(r).value, r.text) for r in Reason],
    )
    return "\n".join(lines).rstrip() + "\n"


if __name__ == "__main__":
    TARGET.write_text(render())
