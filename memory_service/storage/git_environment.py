"""What the program git is told by its surroundings: nothing of this machine's or its user's."""

import os
from pathlib import Path


def clean_environment(git: Path) -> dict[str, str]:
    """The environment of a git that reads no settings but those of the repository and its command line."""
    return {
        "PATH": f"{git.parent}:/usr/local/bin:/usr/bin:/bin",
        "HOME": "/nonexistent",
        "LC_ALL": "C",
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_ATTR_NOSYSTEM": "1",
        "GIT_NO_REPLACE_OBJECTS": "1",
    }
