"""The error envelope of the REST gateway (contract §2.1)."""

import re

import msgspec

_IN_TEXT = re.compile(r"\(([A-Za-z]\w*-\w+)\)$|\bID=([A-Za-z]\w*-\w+) Message=")


class RefusalDetail(msgspec.Struct, frozen=True):
    id: str = ""
    message: str = ""


class Refusal(msgspec.Struct, frozen=True):
    code: int
    message: str = ""
    details: tuple[RefusalDetail, ...] = ()

    @property
    def id(self) -> str:
        """The error id, such as ``ORG-poWwe``; empty where the server gave none (contract §2.3)."""
        found = _IN_TEXT.search(self.message)
        in_text = found[1] or found[2] if found else ""
        return next((detail.id for detail in self.details if detail.id), in_text)
