"""What a run tells on its way: typed events that the page, the command line and the API each render."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from tryon.types import Look, Note, Pixels, Stage, Wear


@dataclass(frozen=True, slots=True)
class StageStarted:
    stage: Stage


@dataclass(frozen=True, slots=True)
class StageDone:
    stage: Stage
    seconds: float


@dataclass(frozen=True, slots=True, eq=False)
class Preview:
    """A picture of the work so far: the finished picture of a stage, or a passing one inside it."""

    stage: Stage
    image: Pixels
    final: bool = False  # True: this is what the stage strip keeps
    strip: NDArray[np.uint8] | None = None  # (f, h, w, 3): a short loop to be shown in place of the picture


@dataclass(frozen=True, slots=True)
class Progress:
    stage: Stage
    fraction: float  # 0..1
    seconds_left: float | None = None  # of the stage, measured; None: not known


@dataclass(frozen=True, slots=True, eq=False)
class FrameReady:
    """One finished frame of the video, in order from index 0."""

    index: int
    total: int
    frame: Pixels


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What is needed to make a result again; written into every output. No personal data."""

    transfer: str  # the backend that made the still
    video: str | None  # the one that made the film; None where there is none, or the same made both
    prompt: str
    category: str
    seed: int
    width: int
    height: int
    frames: int
    fps: int
    quality: str
    steps: tuple[int, int]  # of the still, of the film
    seconds: float  # how long it took
    guidance: tuple[float, float] = (1.0, 1.0)
    samples: int = 1
    strength: float = 1.0
    cache: str = ""
    wear: tuple[Wear, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Finished:
    look: Look
    image: Path  # PNG, the photo's own size
    video: Path | None  # mp4
    facts: Facts
    notes: tuple[Note, ...]


@dataclass(frozen=True, slots=True)
class Failed:
    """The end of a run that could not finish. `text` is the English sentence for the user."""

    code: str
    text: str
    values: Mapping[str, str | int | float] = field(default_factory=dict)
    field: str | None = None  # the control that caused it: person, garment, prompt, size, ...


Event: TypeAlias = StageStarted | StageDone | Preview | Progress | FrameReady | Note | Finished | Failed
