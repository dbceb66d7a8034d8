"""Lets GPU benchmarks run on a machine that has torch, transformers and diffusers but none of our other libraries.

What is timed there is networks; pictures are neither read nor drawn. A library that is not installed is replaced by a
module whose names exist and do nothing, so that the product's modules can be imported.
"""

from __future__ import annotations

import importlib
import sys
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any

LIBRARIES = (
    "cv2",
    "scipy",
    "scipy.ndimage",
    "scipy.spatial",
    "scipy.interpolate",
    "scipy.optimize",
    "onnxruntime",
    "imageio_ffmpeg",
)


class Absent(ModuleType):
    """A library that is not here."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return Absent(f"{self.__name__}.{name}")


def without_picture_libraries() -> tuple[str, ...]:
    """Replaces what is not installed; returns what that was. Libraries that look for each other come first."""
    for name in ("transformers", "diffusers"):
        importlib.import_module(name)
    gone = []
    for name in LIBRARIES:
        try:
            importlib.import_module(name)
        except ImportError:
            module = Absent(name)
            module.__spec__ = ModuleSpec(name, None)
            sys.modules[name] = module
            gone.append(name)
    return tuple(gone)
