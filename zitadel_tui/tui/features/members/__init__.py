"""Members: who has which roles in the organization, and changing them."""

from zitadel_tui.tui.feature import Feature, View


def _make() -> View:
    from zitadel_tui.tui.features.members.view import MembersView

    return MembersView()


FEATURE = Feature("members", "1", "Members", _make)
