"""What a family of pipelines says about itself: the little that is special, as data and small functions."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from tryon.spec import VideoSpec
from tryon.types import Box, Floats, Pixels, Scene
from tryon.video.diffusion.framing import Canvas, framed, framed_points

if TYPE_CHECKING:
    from torch import Tensor


@dataclass(frozen=True, kw_only=True, eq=False)
class Shot:
    """A scene as a pipeline sees it: everything at the model's own size, length and rate."""

    spec: VideoSpec
    scene: Scene
    picture: Pixels  # (height, width, 3), the first frame
    width: int  # px, of the model's frames
    height: int
    frames: int  # of the model's own
    fps: int  # of the model's own
    prompt: str
    negative: str
    steps: int
    guidance: float
    device: str  # where the pipeline computes

    def seen(self, photo: Pixels, person: Box) -> Pixels:
        """Another picture (h, w, 3) framed as `picture` is."""
        canvas = Canvas.around(self.width, self.height, (self.scene.width, self.scene.height))
        return canvas.holding(framed(photo, person, canvas.inner.width, canvas.inner.height))

    def points(self, points: Floats, photo: Pixels, person: Box) -> Floats:
        """Where points (n, 2 or more) of a photo lie in `seen` of it."""
        canvas = Canvas.around(self.width, self.height, (self.scene.width, self.scene.height))
        moved = framed_points(points, photo, person, canvas.inner.width, canvas.inner.height)
        moved[:, :2] += (canvas.inner.x0, canvas.inner.y0)
        return moved

    @property
    def image(self) -> Any:
        """The first frame as a PIL picture."""
        from PIL import Image

        return Image.fromarray(self.picture)

    def garments(self) -> list[Pixels]:
        """The garments on white, each at its own size."""
        shown = []
        for garment in self.scene.look.garments:
            share = (garment.cutout.astype(np.float32) / 255)[..., None]
            shown.append(np.rint(garment.photo.pixels * share + 255 * (1 - share)).astype(np.uint8))
        return shown


@dataclass(frozen=True, slots=True, kw_only=True)
class LoRA:
    """Weights added to a denoiser when it is opened. `target`: the part that they belong to."""

    repo: str
    file: str
    target: str = "transformer"
    scale: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Elsewhere:
    """A part of a pipeline that lies in another repository than the rest."""

    name: str
    cls: str  # of diffusers or transformers
    repo: str
    subfolder: str = ""


@dataclass(frozen=True, kw_only=True, eq=False)
class Method:
    """How one family is run. Functions get the loaded pipeline first."""

    pipeline: str  # class of diffusers
    # The call's arguments, but prompt, negative prompt, generator and output type.
    arguments: Callable[[Any, Shot], dict[str, Any]]
    # Latents as the call returns them -> (3, f, h, w) in -1..1, float32 on the CPU, in the order of time.
    decode: Callable[[Any, Tensor, Shot], Iterator[Tensor]]
    # Encodes the text before anything else: the call's arguments instead of prompt and negative_prompt. None: the
    # pipeline does it itself (or reads none).
    encode: Callable[[Any, Shot], dict[str, Any]] | None = None
    # The clean latents of a step -> (C, f, h, w); the default takes (1, C, f, h, w).
    unpacked: Callable[[Any, Tensor, Shot], Tensor] = field(default=lambda pipe, latents, shot: latents[0])
    # The first frame's latents (C, h, w) as the denoiser has them, what previews are fitted to; None: no previews.
    latents: Callable[[Any, Shot], Tensor] | None = None
    # What the call is asked for: latents, or finished pictures ("pt") where only the pipeline can decode.
    output: str = "latent"
    # What the pipeline's attribute for the text is called, that is asked how many tokens a text has.
    tokenizer: str = "tokenizer"
    # Once after opening: repairs, other attention, other schedulers.
    opened: Callable[[Any], Any] = field(default=lambda pipe: pipe)
    # Before every run: the schedule's shift and the like.
    prepared: Callable[[Any, Shot], None] = field(default=lambda pipe, shot: None)
    # How often the scheduler steps in a run.
    steps: Callable[[Shot], int] = field(default=lambda shot: shot.steps)
    loras: tuple[LoRA, ...] = ()
    elsewhere: tuple[Elsewhere, ...] = ()
    variant: str | None = None  # of the files' names, "fp16"
    words: Mapping[str, Any] = field(default_factory=dict)  # further arguments of from_pretrained
