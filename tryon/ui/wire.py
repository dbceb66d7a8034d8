"""Events as JSON, for clients."""

from __future__ import annotations

from typing import Any

from tryon.types import (
    Event,
    Facts,
    Failed,
    Finished,
    FrameReady,
    Note,
    Preview,
    Progress,
    StageDone,
    StageStarted,
)


def facts_dict(facts: Facts) -> dict[str, Any]:
    """Facts as JSON."""
    return {name: _plain(getattr(facts, name)) for name in Facts.__dataclass_fields__}


def event_dict(event: Event) -> dict[str, Any]:
    """One event as JSON: its kind under "event", and what it says. Pictures are left out; a file arrives with
    the last message."""
    match event:
        case StageStarted(stage=stage):
            return {"event": "stage_started", "stage": stage}
        case StageDone(stage=stage, seconds=seconds):
            return {"event": "stage_done", "stage": stage, "seconds": round(seconds, 3)}
        case Preview(stage=stage, image=image, final=final):
            height, width = image.shape[:2]
            return {"event": "preview", "stage": stage, "width": width, "height": height, "final": final}
        case Progress(stage=stage, fraction=fraction):
            return {"event": "progress", "stage": stage, "fraction": round(float(fraction), 4)}
        case FrameReady(index=index, total=total):
            return {"event": "frame", "index": index, "total": total}
        case Note(code=code, text=text, values=values):
            return {"event": "note", "code": code, "text": text, "values": dict(values)}
        case Finished(facts=facts, notes=notes):
            return {"event": "finished", "facts": facts_dict(facts), "notes": [event_dict(n) for n in notes]}
        case Failed(code=code, text=text, values=values, field=field):
            return {"event": "failed", "code": code, "text": text, "values": dict(values), "field": field}


def _plain(value: object) -> object:
    return list(value) if isinstance(value, tuple) else value
