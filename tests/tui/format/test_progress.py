"""The line of a job that runs: what fits, the counts last."""

import pytest

from zitadel_tui import actions
from zitadel_tui.text import cells
from zitadel_tui.tui.format.lines import Line
from zitadel_tui.tui.format.progress import Progress, as_it_is, line, reason_against

RUNNING = Progress(
    total=1_000,
    ended=412,
    counts={"done": 400, "not done": 12},
    in_flight=4,
    rate=138.4,
    paused=False,
    cancelled=False,
)


def plain(parts: Line) -> str:
    return "".join(part if isinstance(part, str) else part[0] for part in parts)


def told(progress: Progress, width: int = 78) -> str:
    """Without the bar."""
    return plain(line(progress, width)).strip("━─ ")


def test_a_bar_and_numbers_in_one_line_of_a_small_terminal() -> None:
    whole = plain(line(RUNNING, 78))
    assert whole == "━━━━━━━━────────────  412 of 1,000  138/s  5 s left  400 done, 12 not done"
    assert cells(whole) <= 78


@pytest.mark.parametrize("width", range(30, 100, 7))
def test_what_does_not_fit_is_left_out(width: int) -> None:
    whole = plain(line(RUNNING, width))
    assert "412 of 1,000" in whole
    assert cells(whole) <= width


def test_what_is_slow_is_reported_by_the_minute() -> None:
    assert told(RUNNING._replace(rate=0.5)) == "412 of 1,000  30/min  20 min left  400 done, 12 not done"


def test_no_rate_is_made_up() -> None:
    assert told(RUNNING._replace(rate=None)) == "412 of 1,000  400 done, 12 not done"


def test_what_is_paused_or_cancelled_says_what_is_still_in_flight() -> None:
    paused = RUNNING._replace(paused=True)
    assert told(paused) == "412 of 1,000  paused, 4 in flight  400 done, 12 not done"
    assert told(paused._replace(in_flight=0)) == "412 of 1,000  paused  400 done, 12 not done"
    cancelled = paused._replace(cancelled=True, in_flight=1)
    assert told(cancelled) == "412 of 1,000  cancelling, 1 in flight  400 done, 12 not done"


def test_a_server_that_does_not_answer_is_shown_instead_of_the_rate() -> None:
    assert told(RUNNING._replace(silent=75.4)) == "412 of 1,000  no answer for 75 s  400 done, 12 not done"
    assert "no answer" not in told(RUNNING._replace(silent=75.4, paused=True))


def test_what_can_be_resumed_is_stopped_and_not_cancelled() -> None:
    stopping = RUNNING._replace(resumable=True, cancelled=True)
    assert told(stopping).startswith("412 of 1,000  stopping, 4 in flight")
    assert reason_against(stopping) == "The run is being stopped: requests in flight finish."
    assert as_it_is(actions.by_id("app.cancel"), stopping).label == "stop"


def test_actions_of_a_job_are_in_the_footer_only_while_it_runs() -> None:
    pause, other = actions.by_id("app.pause"), actions.by_id("app.quit")
    assert as_it_is(pause, None) is pause
    assert as_it_is(other, RUNNING) is other
    running = as_it_is(pause, RUNNING)
    assert (bool(running.footer), bool(running.typing), running.label) == (True, True, "pause")
    assert as_it_is(pause, RUNNING._replace(paused=True)).label == "continue"
    assert (pause.footer, pause.typing) == (0, 0)


def test_only_what_runs_can_be_paused_or_cancelled() -> None:
    assert reason_against(RUNNING) is None
    assert reason_against(None) is not None
    assert reason_against(RUNNING._replace(cancelled=True)) is not None
