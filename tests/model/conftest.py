"""How Hypothesis looks for counter-examples: by count and never by the clock, which other work on the machine slows."""

from hypothesis import HealthCheck, settings

settings.register_profile("model", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("model")
