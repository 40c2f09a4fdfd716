"""The error envelope of the REST gateway (contract §2.1)."""

import re

import msgspec

_SUFFIX = re.compile(r"\(([A-Za-z]\w*-\w+)\)$")


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
        suffix = _SUFFIX.search(self.message)
        return next((detail.id for detail in self.details if detail.id), suffix[1] if suffix else "")
