"""JSON: messages and their rules, roles and permissions, OpenID configuration of a real server; names."""

import json
from functools import cache
from importlib.resources import files
from typing import Any


@cache
def text(name: str) -> str:
    return files(__name__).joinpath(name).read_text(encoding="utf-8")


@cache
def load(name: str) -> Any:
    return json.loads(text(name))
