"""The app. Importing any part of it prepares the environment for Textual."""

from zitadel_tui.tui.driver.terminal import prepare_environment

prepare_environment()
