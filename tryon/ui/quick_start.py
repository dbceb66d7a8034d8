"""Gradio imported without the type stubs that it writes beside every component."""

from __future__ import annotations

import inspect
from typing import Any


def import_gradio() -> None:
    """Imports gradio in little more than half of its time (2.0 instead of 3.6 s on two slow cores).

    Whenever one of its some fifty component classes is made, gradio parses the module's source to write a .pyi file
    beside it (`gradio.component_meta.create_or_modify_pyi`, 6.31). It leaves that out for classes without a source
    file, and so they seem to have none while it is imported. Components of ours get no stub either.
    """
    getfile = inspect.getfile

    def without_source(object: Any) -> str:
        if getattr(object, "__module__", "").startswith("gradio."):
            raise OSError("no stub is wanted")
        return getfile(object)

    inspect.getfile = without_source
    try:
        from gradio import component_meta
    finally:
        inspect.getfile = getfile
    component_meta.create_or_modify_pyi = lambda *_: None
