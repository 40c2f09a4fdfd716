"""A working directory in which tests load settings."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from zitadel_tui.failure import UsageFailure
from zitadel_tui.settings import Settings, load

SEED = """\
CLIENT_PRIVATE_KEY_FILE_PATH = "client-key-file.json"
PROJECT_ID="zitadel"
ZITADEL_DOMAIN = "https://zitadel.javiersant.com"
ZITADEL_TOKEN_URL = "https://zitadel.javiersant.com/oauth/v2/token"
"""
A = "https://a.example"
B = "https://b.example"


class Folder:
    """A working directory in which settings are loaded."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def write(self, text: str, name: str = ".env") -> Path:
        path = self.path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode())
        return path

    def load(self, environ: Mapping[str, str] | None = None, **options: object) -> Settings:
        return load(options, environ or {}, self.path)

    def refused(self, environ: Mapping[str, str] | None = None, **options: object) -> UsageFailure:
        with pytest.raises(UsageFailure) as caught:
            self.load(environ, **options)
        assert caught.value.summary.endswith(".")
        return caught.value
