"""Files of users for tests, and their rows."""

from pathlib import Path
from typing import Any

from zitadel_tui.core.onboard.rows import Options, Row
from zitadel_tui.core.onboard.source import Source, open_source

SEED = b"""{
  "userName": "minnie-mouse",
  "profile": {"firstName": "Minnie", "lastName": "Mouse", "preferredLanguage": "en"},
  "email": {"email": "minnie@mouse.com", "isEmailVerified": true},
  "phone": {"phone": "+41 71 000 00 00"},
  "password": "Secr3t-Pass!",
  "passwordChangeRequired": true,
  "requestPasswordlessRegistration": true
}
"""


def source_of(folder: Path, content: bytes | str, **options: Any) -> Source:
    path = folder / "people"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return open_source(str(path), Options(**options))


def rows_of(folder: Path, content: bytes | str, **options: Any) -> list[Row]:
    with source_of(folder, content, **options) as source:
        return list(source.rows())


def sentences(row: Row) -> list[str]:
    return [f"{one.field}: {one.sentence}" for one in row.problems]
