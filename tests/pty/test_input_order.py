"""A burst of bytes on a real terminal does what the same keys do when they are typed slowly."""

from collections.abc import Sequence
from functools import partial

from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from tests.pty.terminal import Terminal

ESCAPE, ENTER, TAB, BACK_TAB, BACKSPACE = "\x1b", "\r", "\t", "\x1b[Z", "\x7f"
UP, DOWN, LEFT, RIGHT, HOME, END, DELETE = (
    "\x1b[A",
    "\x1b[B",
    "\x1b[D",
    "\x1b[C",
    "\x1b[H",
    "\x1b[F",
    "\x1b[3~",
)
F1, F2, F3, F4 = "\x1bOP", "\x1bOQ", "\x1bOR", "\x1bOS"
WORD_LEFT, CLEAR_LEFT, CLEAR_RIGHT, PALETTE = "\x17", "\x15", "\x0b", "\x10"
PASTE = "\x1b[200~pasted\x1b[201~"
KEYS = (
    *(ESCAPE, TAB, BACK_TAB, UP, DOWN, LEFT, RIGHT, HOME, END),
    *(BACKSPACE, DELETE, WORD_LEFT, CLEAR_LEFT, CLEAR_RIGHT, PASTE),
    *(F2, F3, F4, PALETTE, "/", "/", "1", "2", "3"),
    *"bdfgm .@",
)
"""None that says why it does nothing: such a message goes after a while."""


@settings(max_examples=1, phases=[Phase.explicit, Phase.generate])
@given(bursts=st.lists(st.lists(st.sampled_from(KEYS), min_size=3, max_size=9), min_size=5, max_size=5))
def test_a_burst_is_as_the_keys_one_by_one(bursts: Sequence[Sequence[str]]) -> None:
    with Terminal("--demo", "--read-only") as fast, Terminal("--demo", "--read-only") as slow:
        for terminal in (fast, slow):
            terminal.sees("ORG_OWNER", "just read", "? help")
        for keys in (["/", "a", "b", "c", BACKSPACE, "d"], [F4, "a", TAB, "b"], *bursts):
            fast.type("".join(keys))
            for key in keys:
                slow.type(key)
                while slow.read(0.03):
                    pass
            for terminal in (fast, slow):
                await_keys(terminal)
            fast.until(partial(look_alike, fast, slow), f"the same after {keys}")
        for terminal in (fast, slow):
            terminal.type("\x11\x11")  # the form is half typed: the first asks, the second quits at once
            assert terminal.wait_for_end() == 0


def await_keys(terminal: Terminal) -> None:
    """Wait until the keys so far have had their effect: that of help, which works everywhere, comes last."""
    terminal.type(F1)
    terminal.sees("─ Keys ─", "esc close")
    terminal.type(ESCAPE)
    terminal.until(lambda: "─ Keys ─" not in terminal.text, "help closed")


def look_alike(fast: Terminal, slow: Terminal) -> bool:
    slow.read(0)
    return steady(fast) == steady(slow)


def steady(terminal: Terminal) -> list[str]:
    """What is on the screen, without what changes by itself."""
    return [terminal.lines[0], *terminal.lines[2:]]
