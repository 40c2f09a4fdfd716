"""A small app for the driver's tests and benchmark: shows the keys it gets. Argument: stock or fast."""

import os
import sys
from typing import ClassVar

from zitadel_tui.tui.driver.terminal import prepare_environment, unusable

if sys.argv[1] == "fast":
    prepare_environment()

from textual import events
from textual.app import App, ComposeResult
from textual.binding import Binding, BindingType
from textual.widgets import Static

from zitadel_tui.tui.driver.fast_driver import driver_class


def open_files() -> int:
    return len(os.listdir("/dev/fd"))


class KeysApp(App[str]):
    BINDINGS: ClassVar[list[BindingType]] = [Binding("s", "step_aside", "Step aside")]

    def __init__(self, given: str) -> None:
        super().__init__(driver_class=driver_class() if sys.argv[1] == "fast" else None)
        self.given = given
        self.start = Static(markup=False)
        self.line = Static(markup=False)

    def compose(self) -> ComposeResult:
        yield self.start
        yield self.line

    def on_resize(self, event: events.Resize) -> None:
        self.start.update(f"ready <{self.given}> {event.size.width}x{event.size.height}")

    def on_key(self, event: events.Key) -> None:
        self.line.update(f"key <{event.key}>")

    def action_step_aside(self) -> None:
        before = open_files()
        with self.suspend():
            print("STEPPED ASIDE", flush=True)
        self.line.update(f"back <{open_files() - before}>")


if __name__ == "__main__":
    if reason := unusable():
        sys.exit(reason)
    app = KeysApp("" if sys.stdin.isatty() else sys.stdin.read())
    app.run()
    sys.exit(app.return_code)
