"""History: what was changed with this program, and what the server recorded of a user."""

from zitadel_tui.tui.feature import Feature, View


def _make() -> View:
    from zitadel_tui.tui.features.history.view import HistoryView

    return HistoryView()


FEATURE = Feature("history", "6", "History", _make)
