"""The app. Whatever of it is imported first, Textual finds its environment prepared."""

from zitadel_tui.tui.driver.terminal import prepare_environment

prepare_environment()
