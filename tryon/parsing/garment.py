"""The embedded garment parser: cut-out, category and landmarks from the silhouette alone, no weights."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tryon.errors import NoGarment
from tryon.notes import note
from tryon.parsing import garment_kind as kinds
from tryon.parsing.cutout import Cut, cut_out
from tryon.parsing.garment_inside import front_neckline, neck_crop, shows
from tryon.parsing.garment_outline import Frame, upright
from tryon.parsing.landmarks import Points, Shape, add_elbows, bottom, leg_gap, to_photo, top
from tryon.spec import GarmentParser, ParserSpec, Runtime
from tryon.types import Category, Garment, Mask, Note, Photo

Array = NDArray[Any]

SPEC = ParserSpec(
    name="embedded-garment",
    title="Built-in garment reader",
    family="tryon",
    about="Cuts garments out of catalogue photos and finds their corners, on any computer, offline.",
    licence="Apache-2.0",
    commercial=True,
    source="tryon/parsing",
    kind="garment",
    reads=frozenset({"photo"}),
    rank=10,
)


def load(runtime: Runtime) -> GarmentParser:
    """The parser; it holds nothing until a worn garment asks for the person parser."""
    return EmbeddedGarmentParser(runtime)


@dataclass(frozen=True, slots=True)
class EmbeddedGarmentParser:
    """Photo -> Garment; may be called from several threads."""

    runtime: Runtime

    def __call__(self, photo: Photo, category: Category | None = None) -> Garment:
        """`category` None: guessed. Raises NoGarment."""
        cut = cut_out(photo.pixels)
        if cut is None:
            raise NoGarment
        return from_cutout(photo, cut.alpha, category, _trust(cut))


def _trust(cut: Cut) -> float:
    """How far the cut-out can be believed, 0..1."""
    return float(np.clip(0.35 + 0.65 * cut.plain, 0, 1) * np.clip(0.6 + cut.contrast / 20, 0, 1))


def from_cutout(photo: Photo, alpha: Mask, category: Category | None, trust: float) -> Garment:
    """The garment whose silhouette is `alpha`."""
    frame = upright(alpha)
    shape = top(frame)
    guess = kinds.guess_category(frame, shape)
    settled = category or guess.category
    if settled == "bottom":
        legs = guess.legs or leg_gap(frame) > 0.12
        garment = _bottom(photo, alpha, frame, bottom(frame, legs=legs))
    else:
        garment = _top(photo, alpha, frame, shape, settled)
    confidence = 1.0 if category else guess.confidence * trust
    return replace(garment, confidence=round(confidence, 3), notes=_notes(category, settled, confidence))


def _notes(asked: Category | None, settled: Category, confidence: float) -> tuple[Note, ...]:
    if asked:
        return ()
    return (note("garment_guess" if confidence >= 0.6 else "garment_unsure", category=settled),)


def _top(photo: Photo, alpha: Mask, frame: Frame, shape: Shape, category: Category) -> Garment:
    points: Points = dict(shape.points)
    _lower_front(photo, alpha, frame, points)
    sleeves = kinds.sleeve_class(points) if shape.has_sleeves else "none"
    if sleeves == "long":
        add_elbows(points)
    return Garment(
        photo=photo,
        cutout=alpha,
        category=category,
        confidence=0.0,
        sleeves=sleeves,
        length=kinds.top_length(points),
        neckline=kinds.neckline_of(points, shape, frame),
        kind="dress" if category == "dress" else "shirt",
        worn=False,
        landmarks=to_photo(frame, points),
    )


def _lower_front(photo: Photo, alpha: Mask, frame: Frame, points: Points) -> None:
    """Moves neck_front from the outline down to the front neckline, in place, where one shows inside."""
    crop = neck_crop(photo.pixels, alpha, to_photo(frame, points))
    if crop is None:
        return
    found = front_neckline(crop)
    if not shows(crop, found):
        return
    x, y = frame.matrix @ np.array([*crop.at(found.shift, found.depth), 1.0])
    points["neck_front"] = (float(x), float(y))


def _bottom(photo: Photo, alpha: Mask, frame: Frame, shape: Shape) -> Garment:
    points = shape.points
    length = kinds.bottom_length(points)
    legs = "crotch" in points
    return Garment(
        photo=photo,
        cutout=alpha,
        category="bottom",
        confidence=0.0,
        sleeves="none",
        length=length,
        neckline="none",
        kind=("trousers" if "knee_left_outer" in points else "shorts") if legs else "skirt",
        worn=False,
        landmarks=to_photo(frame, points),
    )
