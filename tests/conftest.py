"""One hypothesis profile for every test: repeatable, and tolerant of shared, slow machines (timings are not tests)."""

from hypothesis import HealthCheck, settings

settings.register_profile("shared", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("shared")
