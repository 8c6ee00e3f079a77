"""Generated cases take the time they take: what must be fast is measured by tests of its own."""

from hypothesis import HealthCheck, settings

settings.register_profile("dictionary", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("dictionary")
