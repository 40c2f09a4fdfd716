"""Projects: their roles, and who has them."""

from zitadel_tui.tui.feature import Feature, View


def _make() -> View:
    from zitadel_tui.tui.features.projects.view import ProjectsView

    return ProjectsView()


FEATURE = Feature("projects", "4", "Projects", _make)
