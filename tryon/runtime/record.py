"""One job's state: what events do to it, and the frozen view that its followers get.

A job keeps small JPEGs only, never a frame: the newest preview, and one picture per finished stage.
"""

from __future__ import annotations

import contextvars
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, TypeAlias

from tryon.events import Event, Failed, Finished, FrameReady, Preview, Progress, StageDone, StageStarted
from tryon.types import Note, Pixels, Stage

State: TypeAlias = Literal["waiting", "running", "done", "failed", "stopped"]
Work: TypeAlias = Callable[[Path], Iterator[Event]]
Encode: TypeAlias = Callable[[Pixels], bytes]

PREVIEW_WIDTH = 480  # px
PREVIEW_QUALITY = 72  # JPEG


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class JobView:
    """A job at one moment. `version` grows with every change, so equal versions need no redrawing."""

    id: str
    kind: str
    version: int
    state: State
    stage: Stage | None  # the stage that runs, or the last one that did
    fraction: float  # 0..1 of that stage
    done: Mapping[Stage, float]  # finished stages in order -> seconds they took
    elapsed: float  # s since it began to run; 0 while waiting
    expected: float | None  # s from beginning to end, by experience; None: no experience yet
    position: int  # 1 is next in line; 0 when not waiting
    wait: float  # s until it begins, estimated; 0 when not waiting
    preview: bytes | None  # newest passing picture, a small JPEG; None once the job has ended
    pictures: Mapping[Stage, bytes]  # what each stage made, small JPEGs
    frames_done: int
    frames_total: int  # 0 until the first frame
    notes: tuple[Note, ...]
    finished: Finished | None
    failed: Failed | None
    left: float | None = None  # s of the running stage, as the model measures; None: it does not say
    filming: float = 0.0  # s since the first frame
    shows: Stage | None = None  # which stage made the preview: the next one may run already

    @property
    def ended(self) -> bool:
        return self.state in ("done", "failed", "stopped")


@dataclass(frozen=True, slots=True)
class Health:
    """What a health check shows."""

    running: int
    waiting: int
    abandoned: int  # workers left behind because a backend did not come back
    closing: bool


@dataclass(kw_only=True, eq=False)
class Record:
    """The registry's own entry. Every field is read and written under the registry's lock."""

    id: str
    session: str
    address: str
    kind: str
    device: str
    folder: Path
    work: Work | None  # dropped when the job ends: it holds the shopper's photos
    context: contextvars.Context | None
    keep: Callable[[Finished], object] | None
    expected: float | None
    arrived: int  # how many jobs had been started when it came, for fairness
    order: int  # how many had come before
    left: float  # when its last follower left (or when it came)
    followers: int = 0
    state: State = "waiting"
    version: int = 0
    started: float | None = None
    settled: float | None = None  # when its end was decided; the worker may need a moment more
    ended: float | None = None
    stage: Stage | None = None
    fraction: float = 0.0
    done: dict[Stage, float] = field(default_factory=dict)
    preview: bytes | None = None
    previewed: float | None = None  # when the newest preview was made
    shows: Stage | None = None  # the stage that made it
    pictures: dict[Stage, bytes] = field(default_factory=dict)
    frames_done: int = 0
    frames_total: int = 0
    notes: list[Note] = field(default_factory=list)
    finished: Finished | None = None
    failed: Failed | None = None
    ready_at: float | None = None  # when the running stage says that it will be ready
    filmed_from: float | None = None  # when the first frame came

    @property
    def active(self) -> bool:
        """Waiting or running, with its end still open."""
        return self.settled is None

    def wants_picture(self, event: Event, now: float, gap: float) -> Pixels | None:
        """The pixels to encode for this event: all final ones, passing ones at most every `gap` seconds."""
        due = self.previewed is None or now - self.previewed >= gap
        match event:
            case Preview(image=image, final=final, strip=strip) if final or due:
                return image if strip is None else strip
            case FrameReady(index=index, total=total, frame=frame) if due or index == total - 1:
                return frame
        return None

    def apply(self, event: Event, picture: bytes | None, now: float) -> None:
        """Takes one event in; `picture` is what `wants_picture` asked for, encoded."""
        self.version += 1
        match event:
            case StageStarted(stage=stage):
                self.stage, self.fraction, self.ready_at = stage, 0.0, None
                if stage == "video":  # again from the first frame, where it had begun before
                    self.frames_done, self.frames_total, self.filmed_from = 0, 0, None
            case StageDone(stage=stage, seconds=seconds):
                self.stage, self.fraction = stage, 1.0
                self.done[stage] = seconds
            case Progress(stage=stage, fraction=fraction, seconds_left=left):
                self.stage, self.fraction = stage, min(max(float(fraction), 0.0), 1.0)
                self.ready_at = None if left is None else now + left
            case Preview(stage=stage, final=final):
                if picture is not None and final:
                    self.pictures[stage] = picture
                self._show(picture, now, stage)
            case FrameReady(index=index, total=total):
                self.frames_done, self.frames_total = index + 1, total
                # A model that denoises first is far along when its first frame comes.
                self.fraction = max(self.fraction, (index + 1) / max(total, 1))
                self.filmed_from = now if self.filmed_from is None else self.filmed_from
                self._show(picture, now, "video")
            case Note():
                self.notes.append(event)

    def _show(self, picture: bytes | None, now: float, stage: Stage) -> None:
        if picture is not None:
            self.preview, self.previewed, self.shows = picture, now, stage

    def end(self, state: State, now: float) -> None:
        """The last change: lets go of everything that an ended job does not need."""
        self.state, self.ended = state, now
        self.version += 1
        self.work = self.context = self.keep = self.preview = None
        if state != "done":
            self.finished = None

    def view(self, now: float, *, expected: float | None, position: int, wait: float) -> JobView:
        until = now if self.ended is None else self.ended
        return JobView(
            id=self.id,
            kind=self.kind,
            version=self.version,
            state=self.state,
            stage=self.stage,
            fraction=self.fraction,
            done=dict(self.done),
            elapsed=0.0 if self.started is None else until - self.started,
            expected=expected,
            position=position,
            wait=wait,
            preview=self.preview,
            pictures=dict(self.pictures),
            frames_done=self.frames_done,
            frames_total=self.frames_total,
            notes=tuple(self.notes),
            finished=self.finished,
            failed=self.failed,
            left=None if self.ready_at is None else max(0.0, self.ready_at - until),
            filming=0.0 if self.filmed_from is None else until - self.filmed_from,
            shows=self.shows,
        )


def small_jpeg(pixels: Pixels) -> bytes:
    """The default `Encode`: a JPEG of a picture (h, w, 3), a WebP loop of a strip (f, h, w, 3)."""
    from tryon.media.preview import jpeg_bytes, loop_bytes

    if pixels.ndim == 4:
        return loop_bytes(pixels)
    return jpeg_bytes(pixels, PREVIEW_WIDTH, PREVIEW_QUALITY)
