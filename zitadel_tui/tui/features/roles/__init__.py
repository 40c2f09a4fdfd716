"""Roles: the offered roles, what each permits, and who has it."""

from zitadel_tui.tui.feature import Feature, View


def _make() -> View:
    from zitadel_tui.tui.features.roles.view import RolesView

    return RolesView()


FEATURE = Feature("roles", "2", "Roles", _make)
