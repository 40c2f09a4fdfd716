"""Import: the form for a new user, and the results of sending it."""

from zitadel_tui.tui.feature import Feature, View


def _make() -> View:
    from zitadel_tui.tui.features.import_user.view import ImportView

    return ImportView()


FEATURE = Feature("import", "3", "Import", _make)
