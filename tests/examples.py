"""How many examples hypothesis tries, and whether they are always the same ones."""

import os
from functools import cache

from hypothesis import settings
from hypothesis.internal import charmap
from hypothesis.internal.intervalsets import IntervalSet

_FIXED = 50
settings.register_profile("fixed", deadline=None, derandomize=True, max_examples=_FIXED)
settings.register_profile("explore", deadline=None, max_examples=2000, print_blob=True)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "fixed"))

_of_any_codec = charmap.intervals_from_codec


def _intervals_from_codec(codec_name: str) -> tuple[IntervalSet, IntervalSet]:
    """UTF-8 encodes everything but surrogates; to try all of Unicode takes each worker 3 s of CPU."""
    if codec_name == "utf-8":
        return IntervalSet([(0, 0xD7FF), (0xE000, 0x10FFFF)]), IntervalSet([])
    return _of_any_codec(codec_name)


charmap.intervals_from_codec = cache(_intervals_from_codec)


def examples(count: int) -> int:
    """`count` in the fixed profile, as many times more when exploring as the profile has more."""
    return count * settings().max_examples // _FIXED
