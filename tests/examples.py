"""How many examples hypothesis tries, and whether they are always the same ones."""

import os

from hypothesis import settings

_FIXED = 50
settings.register_profile("fixed", deadline=None, derandomize=True, max_examples=_FIXED)
settings.register_profile("explore", deadline=None, max_examples=2000, print_blob=True)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "fixed"))


def examples(count: int) -> int:
    """`count` in the fixed profile, as many times more when exploring as the profile has more."""
    return count * settings().max_examples // _FIXED
