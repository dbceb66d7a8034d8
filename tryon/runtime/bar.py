"""A run's progress as one line on a terminal."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import TextIO

from tryon.events import Event, FrameReady, Progress, StageDone, StageStarted
from tryon.types import Stage

# Shares of the whole, roughly as the embedded engine spends its time.
SHARES: Mapping[Stage, float] = {
    "parse": 0.08,
    "garment": 0.04,
    "mask": 0.02,
    "transfer": 0.12,
    "video": 0.7,
    "encode": 0.04,
}
WIDTH = 30  # characters
PAUSE = 0.1  # s between two drawings


class Bar:
    """Silent where the stream is no terminal. Use as a context manager: it leaves a clean line."""

    def __init__(self, stream: TextIO, *, film: bool) -> None:
        self._stream = stream
        self._on = stream.isatty()
        self._marks = "█░" if (stream.encoding or "").lower().startswith("utf") else "#-"
        self._whole = sum(share for stage, share in SHARES.items() if film or stage not in ("video", "encode"))
        self._done: dict[Stage, float] = {}
        self._stage: Stage = "photo"
        self._started = time.monotonic()
        self._shown: float | None = None

    def __enter__(self) -> Bar:
        return self

    def __exit__(self, *_: object) -> None:
        self.clear()

    def show(self, event: Event) -> None:
        match event:
            case StageStarted(stage=stage):
                self._stage = stage
            case StageDone(stage=stage):
                self._done[stage] = 1.0
            case Progress(stage=stage, fraction=fraction):
                self._done[stage] = fraction
            case FrameReady(index=index, total=total):
                self._done["video"] = (index + 1) / total
            case _:
                return
        now = time.monotonic()
        if self._on and (self._shown is None or now - self._shown > PAUSE or isinstance(event, StageDone)):
            self._shown = now
            self._draw(now - self._started)

    def clear(self) -> None:
        """Takes the line away, for something else to be written."""
        if self._shown is not None:
            self._stream.write("\r\x1b[K")
            self._stream.flush()

    def _draw(self, seconds: float) -> None:
        done = sum(SHARES.get(stage, 0.0) * part for stage, part in self._done.items())
        share = min(done / self._whole, 1.0)
        full = round(WIDTH * share)
        line = self._marks[0] * full + self._marks[1] * (WIDTH - full)
        self._stream.write(f"\r\x1b[K{line} {share:4.0%}  {self._stage}  {seconds:.1f} s")
        self._stream.flush()
