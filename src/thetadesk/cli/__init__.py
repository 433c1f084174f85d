"""The `thetatrace` command."""

from thetadesk.cli.app import main

__all__ = ["main"]
