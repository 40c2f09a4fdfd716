"""The Onboard view: many users and their roles from one file: plan, run, results."""

from zitadel_tui.tui.feature import Feature, View


def _make() -> View:
    from zitadel_tui.tui.features.onboard.view import OnboardView

    return OnboardView()


FEATURE = Feature("onboard", "5", "Onboard", _make)
