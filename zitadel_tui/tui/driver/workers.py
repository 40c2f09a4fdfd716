"""Starting Textual's workers."""

from collections.abc import Callable, Coroutine
from typing import Any

from textual.dom import DOMNode
from textual.worker import Worker


def start_worker(
    node: DOMNode, work: Callable[[], Coroutine[Any, Any, None]], *, group: str, description: str = ""
) -> Worker[None]:
    """Start a worker by the function that makes its coroutine. A coroutine of a worker that never begins,
    because the app ends, would be reported on the terminal as one that nobody awaited."""
    worker: Worker[None] = node.run_worker(work, group=group, description=description)
    return worker
