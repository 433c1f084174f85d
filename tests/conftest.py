"""What all tests share: a repeatable hypothesis profile that tolerates slow machines, and where days are kept."""

import os
from pathlib import Path

from hypothesis import HealthCheck, settings

settings.register_profile("shared", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("shared")

# Parsed days of tests stay in the repository's build folder, also those of commands that tests start.
os.environ.setdefault("LEAN_LOCAL_CACHE", str(Path(__file__).parents[1] / "build" / "day-cache"))


def pytest_configure(config):
    """lean_local's fixtures, also in an environment that was installed before the package offered them to pytest."""
    if not config.pluginmanager.hasplugin("lean_local"):
        config.pluginmanager.import_plugin("lean_local.testing.plugin")
