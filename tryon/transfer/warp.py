"""The embedded engine's transfer: landmarks, piecewise warp, ordered layers. CPU, about half a second, no weights.

In the line of VITON's thin-plate spline (Han et al., 2018), with landmarks and parts instead of silhouettes. Prints
stay as sharp as in the garment's photo, and nothing outside the garment's surroundings changes.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from dataclasses import replace

import cv2
import numpy as np

from tryon.events import Event, Preview
from tryon.notes import note
from tryon.parsing.wearing import ways_to_wear
from tryon.spec import ClipModel, Runtime, TransferSpec
from tryon.transfer.warping.arrays import Array, mix
from tryon.transfer.warping.body import check_complete
from tryon.transfer.warping.compose import Result, dress, limit_of, new_labels, sleeve_labels
from tryon.transfer.warping.film import Film
from tryon.transfer.warping.wishes import Wishes, read_wishes
from tryon.types import ClipFitting, Dressed, Fitting

SPEC = TransferSpec(
    name="warp",
    title="Built-in",
    family="tryon",
    about="Puts the garment itself on, part by part: prints and text stay sharp, and nothing is downloaded.",
    licence="Apache-2.0",
    commercial=True,
    source="tryon/transfer/warping",
    reads=frozenset({"photo", "labels", "keypoints", "parts", "outline", "mask", "garments", "prompt"}),
    max_side=1536,
    guesses=True,
    clips=True,
    rank=10,
)


def load(runtime: Runtime) -> ClipModel:
    """Nothing to load: the engine is a function of its task."""
    return Warp()


class Warp:
    """Photos and clips dressed. Holds nothing."""

    def __call__(self, fitting: Fitting) -> Generator[Event, None, Dressed]:
        """Raises PersonIncomplete when the body part that the garment needs is not in the picture."""
        return put_on(fitting)

    def dress_clip(self, task: ClipFitting) -> Iterator[Event | Dressed]:
        """Raises PersonIncomplete when no frame shows what the garment needs."""
        film = Film(task, wishes_of(task.still))
        if film.turned_away:
            yield note("clip_turned")
        if film.gaps > 0:
            yield note("clip_gaps", share=max(1, round(100 * film.gaps)))
        yield from film


def put_on(fitting: Fitting) -> Generator[Event, None, Dressed]:
    """Dresses the person. Raises PersonIncomplete when the body part that the garment needs is not in the picture."""
    person, garment = fitting.person, fitting.garments[0]
    check_complete(person, fitting.category)
    if person.confidence < 0.5:
        yield note("not_sure", what="body")
    limit = None if fitting.mask is None else limit_of(fitting.mask)
    result = dress(person, garment, fitting.category, limit, wishes_of(fitting), fitting.seed)
    alpha = cv2.convertScaleAbs(result.changed, alpha=255)
    pixels = person.photo.pixels.copy()
    cv2.copyTo(cv2.convertScaleAbs(result.pixels), alpha, pixels)
    yield Preview("transfer", pixels)
    return Dressed(
        pixels=pixels,
        alpha=alpha,
        labels=new_labels(person, garment, fitting.category, result),
        sleeves=None if fitting.category == "bottom" else sleeve_labels(person, result),
        previews={"warp": garment_alone(result)},
    )


def wishes_of(fitting: Fitting) -> Wishes:
    """What the sentence asks for and this garment allows: a jumper is not cut open."""
    wishes = read_wishes(fitting.prompt)
    return replace(wishes, open=wishes.open and "open" in ways_to_wear(fitting.garments[0]))


def garment_alone(result: Result) -> Array:
    """(h,w,3) uint8: the warped garment on light grey, for the preview."""
    picture = mix(np.full_like(result.pixels, 232), result.pixels, result.worn)
    return cv2.convertScaleAbs(picture)
