"""Methods whose callers wait until the test lets them go on."""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event
from typing import Any

import pytest


@contextmanager
def held(owner: object, method: str) -> Iterator[None]:
    """Calls of that method of ``owner`` wait, on their thread, until the end of the block."""
    go_on, call = Event(), getattr(owner, method)

    def call_later(*arguments: Any) -> Any:
        assert go_on.wait(20)
        return call(*arguments)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(owner, method, call_later)
        try:
            yield
        finally:
            go_on.set()
