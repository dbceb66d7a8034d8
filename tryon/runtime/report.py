"""Events as plain values, for JSON: what the command line and the web API print. No pixels."""

from __future__ import annotations

import math
from dataclasses import fields
from pathlib import Path
from typing import Any

from tryon.events import Event, Finished, FrameReady, Preview


def as_plain(event: Event) -> dict[str, Any]:
    """{"event": class name, ...fields}; pictures are told by their size, analyses not at all."""
    said: dict[str, Any] = {"event": type(event).__name__}
    match event:
        case Preview():
            height, width = event.image.shape[:2]
            said |= {"stage": event.stage, "final": event.final, "width": width, "height": height}
        case FrameReady():
            height, width = event.frame.shape[:2]
            said |= {"index": event.index, "total": event.total, "width": width, "height": height}
        case Finished():
            said |= {
                "image": str(event.image) if event.image.exists() else None,  # not everybody keeps it
                "video": str(event.video) if event.video else None,
                "facts": _plain(event.facts),
                "notes": [_plain(note) for note in event.notes],
            }
        case _:
            said |= _plain(event)
    return said


def _plain(value: Any) -> Any:
    if hasattr(value, "__dataclass_fields__"):
        return {item.name: _plain(getattr(value, item.name)) for item in fields(value)}
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, tuple | list):
        return [_plain(item) for item in value]
    if isinstance(value, Path):
        return str(value)
    if isinstance(value, float) and not math.isfinite(value):
        return None  # JSON has no NaN
    return value
