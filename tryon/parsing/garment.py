"""The embedded garment parser: cut-out, category and landmarks from the silhouette alone, no weights."""

from __future__ import annotations

import threading
from dataclasses import replace
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from tryon.errors import NoGarment, NoPerson
from tryon.masking import corrected_labels
from tryon.notes import note
from tryon.parsing import garment_kind as kinds
from tryon.parsing import garment_worn as worn
from tryon.parsing.cutout import Cut, cut_out
from tryon.parsing.garment_front import deep_v, is_deep_v, opens_below
from tryon.parsing.garment_inside import front_neckline, neck_crop, shows
from tryon.parsing.garment_joints import askew, at_collar, worn_landmarks
from tryon.parsing.garment_legs import bottom, leg_gap
from tryon.parsing.garment_outline import Frame, upright
from tryon.parsing.garment_trims import with_trims
from tryon.parsing.landmarks import Points, Shape, add_elbows, to_photo, top
from tryon.spec import GarmentParser, ParserSpec, PersonParser, Runtime
from tryon.types import LABEL, Category, Garment, Mask, Note, Person, Photo, Sleeves

Array = NDArray[Any]

PLAIN = 0.6  # share of the border explained, below which the photo may show a room, and somebody in it
SEAM = 0.1  # shoulder widths that the outer seam of a sleeve is longer than
ASKEW = 0.12  # px down per px across that the rows of a worn trunk turn against each other at the most
BARE = 0.3  # shoulder widths that a worn garment without sleeves may reach over the shoulder

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


class EmbeddedGarmentParser:
    """Photo -> Garment; may be called from several threads."""

    def __init__(self, runtime: Runtime, person: PersonParser | None = None) -> None:
        self.runtime = runtime
        self.person = person  # loaded when a photo first shows skin or a background that is not plain
        self._lock = threading.Lock()

    def __call__(self, photo: Photo, category: Category | None = None) -> Garment:
        """`category` None: guessed. Raises NoGarment."""
        cut = cut_out(photo.pixels)
        if cut is None or cut.plain < PLAIN or worn.may_be_worn(photo.pixels, cut.alpha > 127):
            garment = self.worn(photo, category)
            if garment:
                return garment
        if cut is None or cut.plain < 0.2 or implausible(cut.alpha):
            raise NoGarment
        return replace(from_cutout(photo, cut.form, category, _trust(cut)), cutout=cut.alpha)

    def worn(self, photo: Photo, asked: Category | None) -> Garment | None:
        """The garment as somebody wears it in the photo; None when nobody does."""
        try:
            person = self._parser()(photo)
        except NoPerson:
            return None
        if not worn.is_worn(person):
            return None
        bag = corrected_labels(person) == LABEL["bag"]
        person = replace(person, labels=np.where(bag, LABEL["bag"], person.labels).astype(np.uint8))
        guess, confidence = worn.worn_category(person)
        category = asked or guess
        form = worn.worn_cutout(person, category)
        if (form > 127).mean() < 0.004:
            raise NoGarment
        garment = from_person(photo, person, worn.redrawn(person, form), category, form)
        if category != "bottom":
            garment = with_trims(garment, person, form)
        sure = 1.0 if asked else round(confidence * person.confidence, 3)
        notes = (note("garment_worn"), *_notes(asked, category, sure))
        return replace(garment, confidence=sure, notes=notes)

    def _parser(self) -> PersonParser:
        with self._lock:
            if self.person is None:
                from tryon.parsing import embedded

                self.person = embedded.load(Runtime(spec=embedded.SPEC, threads=self.runtime.threads))
            return self.person


def _trust(cut: Cut) -> float:
    """How far the cut-out can be believed, 0..1."""
    return float(np.clip(0.35 + 0.65 * cut.plain, 0, 1) * np.clip(0.6 + cut.contrast / 20, 0, 1))


def implausible(alpha: Mask) -> bool:
    """Whether a cut-out cannot be a garment: frayed like noise, or running out of the picture on three sides."""
    solid = (alpha > 127).astype(np.uint8)
    contours, _ = cv2.findContours(solid, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    outline = max(contours, key=cv2.contourArea)
    hull = cv2.convexHull(outline)
    fill = cv2.contourArea(outline) / max(1.0, cv2.contourArea(hull))
    frayed = cv2.arcLength(outline, True) / max(1.0, cv2.arcLength(hull, True))
    edges = (solid[0], solid[-1], solid[:, 0], solid[:, -1])
    return fill < 0.3 or frayed > 4.5 or sum(float(edge.mean()) > 0.25 for edge in edges) >= 3


def from_person(photo: Photo, person: Person, alpha: Mask, category: Category, form: Mask | None = None) -> Garment:
    """The garment that `person` wears, cut out by `alpha`; its shoulders and neck are told by `form`, where given: the
    same by the labels alone, which round off what hair and collars do to an outline."""
    points = _worn_points(person, alpha, category)
    if form is not None:
        known = _worn_points(person, form, category)
        points = {**points, **{name: at for name, at in known.items() if name.startswith(("neck", "shoulder"))}}
        points = points if category == "bottom" else at_collar(points, alpha)
    is_bottom = category == "bottom"
    return Garment(
        photo=photo,
        cutout=alpha,
        category=category,
        confidence=0.0,
        sleeves="none" if is_bottom else worn_sleeves(points),
        length=kinds.bottom_length(points) if is_bottom else kinds.top_length(points),
        neckline="none" if is_bottom else kinds.worn_neckline(points),
        kind=kinds.kind_of(points, category),
        worn=True,
        landmarks=points,
    )


def _worn_points(person: Person, alpha: Mask, category: Category) -> Points:
    """Landmarks by the key points; by the silhouette where that reads clearly and agrees with the key points."""
    points = worn_landmarks(person, alpha, category)
    if category == "bottom":
        return points
    frame = upright(alpha)
    shape = top(frame)
    if shape.score < (6.5 if shape.has_sleeves else 4.0):
        return points
    if not shape.has_sleeves and kinds.sleeve_class(points, bare=BARE) != "none":
        return points  # sleeves that lie against the trunk are no part of a silhouette's form
    seen = to_photo(frame, shape.points)
    unit = kinds.shoulder_width(points)
    far = max(
        float(np.hypot(seen[name][0] - points[name][0], seen[name][1] - points[name][1]))
        for name in ("shoulder_left", "shoulder_right", "armpit_left", "armpit_right")
    )
    if far > 0.3 * unit:
        return points
    if askew(seen) > ASKEW:  # an outline that arms and hair bite into ends in wrong corners: joints tell the trunk
        seen.update({name: at for name, at in points.items() if name.startswith(("armpit", "waist"))})
    if shape.has_sleeves and kinds.sleeve_class(seen) == "long":
        add_elbows(seen)
    return seen


def worn_sleeves(points: Points) -> Sleeves:
    """Sleeve length; the corners of a bodice without straps are no sleeves, as their outer seam has no length."""
    seam = max(
        float(np.hypot(*np.subtract(points[f"cuff_{side}_outer"], points[f"shoulder_{side}"])))
        for side in ("left", "right")
    )
    return "none" if seam < SEAM * kinds.shoulder_width(points) else kinds.sleeve_class(points, bare=BARE)


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
    pointed = _lower_front(photo, alpha, frame, points)
    sleeves = kinds.sleeve_class(points) if shape.has_sleeves else "none"
    if sleeves == "long":
        add_elbows(points)
        sleeves = "elbow" if kinds.open_ended(points) else "long"
    neckline, places = kinds.neckline_of(points, shape, frame, pointed=pointed), to_photo(frame, points)
    opens = category == "top" and neckline == "v" and opens_below(photo.pixels, alpha, places)
    return Garment(
        photo=photo,
        cutout=alpha,
        category=category,
        confidence=0.0,
        sleeves=sleeves,
        length=kinds.top_length(points),
        neckline=neckline,
        kind="jacket" if opens else kinds.kind_of(points, category),
        worn=False,
        landmarks=places,
    )


def _lower_front(photo: Photo, alpha: Mask, frame: Frame, points: Points) -> bool:
    """Moves neck_front from the outline down to the front neckline, in place, where one shows inside.

    Whether that neckline comes to a point.
    """
    crop = neck_crop(photo.pixels, alpha, to_photo(frame, points))
    if crop is None:
        return False
    found = front_neckline(crop)
    lowest = (found.shift, found.depth) if shows(crop, found) else None
    pointed = lowest is not None and found.power < 1.5
    if not pointed:
        opening = deep_v(crop)
        pointed = is_deep_v(opening)
        lowest = (opening.x, opening.depth) if pointed else lowest
    if lowest is not None:
        x, y = frame.matrix @ np.array([*crop.at(*lowest), 1.0])
        points["neck_front"] = (float(x), float(y))
    return pointed


def _bottom(photo: Photo, alpha: Mask, frame: Frame, shape: Shape) -> Garment:
    points = shape.points
    return Garment(
        photo=photo,
        cutout=alpha,
        category="bottom",
        confidence=0.0,
        sleeves="none",
        length=kinds.bottom_length(points),
        neckline="none",
        kind=kinds.kind_of(points, "bottom"),
        worn=False,
        landmarks=to_photo(frame, points),
    )
