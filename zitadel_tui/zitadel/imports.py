"""Imports libraries without optional modules that are not used here, to start faster."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from importlib.util import LazyLoader, find_spec, module_from_spec
from types import ModuleType
from typing import cast


@contextmanager
def absent(*names: str) -> Iterator[None]:
    """In the block, these optional modules appear as not installed, unless they are loaded already."""
    hidden = [name for name in names if name not in sys.modules]
    for name in hidden:
        sys.modules[name] = cast(ModuleType, None)  # which the import system treats as not installed
    try:
        yield
    finally:
        for name in hidden:
            del sys.modules[name]


def settle_absence(name: str) -> None:
    """Search an optional module once: where it is not installed, importing it again fails at once."""
    if name not in sys.modules and find_spec(name) is None:
        sys.modules[name] = cast(ModuleType, None)


@contextmanager
def deferred(name: str) -> Iterator[None]:
    """``from package import module`` in the block loads the module ``name`` only when it is used."""
    if name not in sys.modules:
        package, _, own_name = name.rpartition(".")
        setattr(sys.modules[package], own_name, late(name))
    yield


def late(name: str) -> ModuleType:
    """The module, loaded once something of it is used; that must always be on one thread."""
    loaded, spec = sys.modules.get(name), find_spec(name)
    if loaded is not None or spec is None or spec.loader is None:
        return loaded or import_module(name)
    spec.loader = LazyLoader(spec.loader)
    module = sys.modules[name] = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
