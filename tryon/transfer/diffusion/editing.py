"""Edit models as try-on systems: person and garments are given as pictures, one sentence says what to do with them.

Stock pipelines of diffusers. The result is a whole new picture; only what changed on and near the person is taken from
it, so that face, hands and background are the photo's own.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from tryon.events import Event
from tryon.runtime.placing import give_back
from tryon.spec import Runtime, TransferModel
from tryon.transfer.diffusion.instructions import instruction
from tryon.transfer.diffusion.pictures import at_size, changed, garment_on_white, kept_anyway
from tryon.transfer.diffusion.sampling import Noise, OnStep, Step, dressing
from tryon.types import Dressed, Fitting, Mask, Person, Pixels
from tryon.video.diffusion.method import Method
from tryon.video.diffusion.opening import open_pipeline
from tryon.video.diffusion.tap import LinearPreview, tapped

if TYPE_CHECKING:
    from torch import Tensor

AREA = 1024 * 1024  # px, what the models were trained at
STRIDE = 32  # px
NEAR = 0.10  # of the longer side: how far from the person something may change


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Order:
    """A fitting as an edit pipeline sees it."""

    pictures: list[Image.Image]  # the person at the working size, the garments on white
    words: str
    width: int
    height: int
    steps: int
    guidance: float


@dataclass(frozen=True, kw_only=True, eq=False)
class Editing:
    """What is special about a family. Functions get the loaded pipeline first."""

    pipeline: str  # class of diffusers
    arguments: Callable[[Any, Order], dict[str, Any]]
    # The person's picture as clean latents (C, h, w) in the denoiser's layout: what previews are fitted to.
    latents: Callable[[Any, Order], Tensor]
    picture: str = "picture {}"  # how the model calls its pictures
    words: Mapping[str, Any] = field(default_factory=dict)  # further arguments of from_pretrained
    opened: Callable[[Any], Any] = field(default=lambda pipe: pipe)  # once after opening


def edit_with(runtime: Runtime, editing: Editing) -> TransferModel:
    """Loads a backend. Raises what the weights room raises."""
    pipe = open_pipeline(runtime, opened_as(editing))

    def free() -> None:
        pipe.maybe_free_model_hooks()  # diffusers does it only where a run succeeds
        give_back(runtime.device)

    def put_on(fitting: Fitting) -> Generator[Event, None, Dressed]:
        photo, order = fitting.person.photo.pixels, ordered(fitting, editing.picture)
        colours: list[LinearPreview] = []

        def produce(on_step: OnStep) -> Pixels:
            colours.append(LinearPreview(editing.latents(pipe, order), np.array(order.pictures[0])))
            return at_size(edited(pipe, editing, order, Noise(fitting.seed), on_step), photo)

        def settle(pixels: Pixels) -> Mask:
            return changed(photo, pixels, kept_anyway(fitting.person) | far_away(fitting.person))

        def quick(clean: Tensor) -> Pixels:
            return colours[0](clean[:, None])[0]

        return (yield from dressing(fitting, fitting.mask, produce, quick, cleanup=free, settle=settle))

    return put_on


def opened_as(editing: Editing) -> Method:
    """The part of an Editing that opening a pipeline needs."""
    return Method(
        pipeline=editing.pipeline, arguments=_never, decode=_never, words=editing.words, opened=editing.opened
    )


def edited(pipe: Any, editing: Editing, order: Order, noise: Noise, on_step: OnStep) -> Pixels:
    """The picture (height, width, 3) that the model makes of an order."""
    count = 0

    def heard(clean: Callable[[], Tensor]) -> None:
        nonlocal count
        found = unpacked(clean(), order)
        on_step(Step(count, order.steps, found, found, found[None]))
        count += 1

    with tapped(pipe.scheduler, heard):
        made = pipe(
            **editing.arguments(pipe, order),
            num_inference_steps=order.steps,
            height=order.height,
            width=order.width,
            generator=noise.generator,
            output_type="np",
        )
    return np.rint(made.images[0] * 255).astype(np.uint8)


def unpacked(latents: Tensor, order: Order) -> Tensor:
    """Tokens (1, h w, C) of the picture that is being made -> (C, h, w)."""
    tokens = latents.shape[1]
    rows = round(math.sqrt(tokens * order.height / order.width))
    found: Tensor = latents[0].T.reshape(latents.shape[2], rows, tokens // rows)
    return found


def ordered(fitting: Fitting, picture: str) -> Order:
    """A fitting at the models' working size, with its sentence."""
    photo = fitting.person.photo
    width, height = size_for(photo.width / photo.height)
    person = Image.fromarray(photo.pixels).resize((width, height), Image.Resampling.LANCZOS)
    return Order(
        pictures=[person, *(garment_on_white(garment) for garment in fitting.garments)],
        words=instruction(fitting.garments, fitting.prompt, picture),
        width=width,
        height=height,
        steps=fitting.steps,
        guidance=fitting.guidance,
    )


def size_for(aspect: float) -> tuple[int, int]:
    """Width and height of about AREA px at an aspect (width / height), each a multiple of STRIDE."""
    width = math.sqrt(AREA * aspect)
    across, down = (max(1, round(side / STRIDE)) * STRIDE for side in (width, width / aspect))
    return across, down


def far_away(person: Person) -> NDArray[np.bool_]:
    """Boolean (h, w): where nothing may change because the person is not near."""
    side = 2 * max(1, round(NEAR * max(person.outline.shape))) + 1
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side))
    return cv2.dilate((person.outline > 127).astype(np.uint8), kernel) == 0


def _never(*given: object) -> Any:
    raise AssertionError("an edit pipeline is not run as a film")
