"""A busy machine is slow, and that is no finding."""

import hypothesis

hypothesis.settings.register_profile("channels", deadline=None)
hypothesis.settings.load_profile("channels")
