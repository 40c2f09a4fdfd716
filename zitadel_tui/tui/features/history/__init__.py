"""The History view: changes made with this program, and changes of a user that the server recorded."""

from zitadel_tui.tui.feature import Feature, View


def _make() -> View:
    from zitadel_tui.tui.features.history.view import HistoryView

    return HistoryView()


FEATURE = Feature("history", "6", "History", _make)
