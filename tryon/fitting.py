"""What only analysis can settle: Job + Person + Garments -> Fitting, and the way back into the photo.

The photo is cropped around the person and brought to the backend's working size; the backend's picture is
pasted back at the photo's own size, and pixels where its alpha is 0 are the photo's own, bit for bit.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import cv2
import numpy as np
from numpy.typing import NDArray

from tryon.errors import CategoryMismatch
from tryon.masking import labelled
from tryon.parsing.footage import person_at
from tryon.spec import TransferSpec
from tryon.types import (
    Box,
    Category,
    Clip,
    ClipFitting,
    Dressed,
    Fitting,
    Footage,
    Garment,
    Job,
    Look,
    Mask,
    Person,
    Photo,
    Pixels,
)
from tryon.wearing import styled

MARGIN = 0.12  # of the person's height, kept around the person
IDENTITY = ("face", "left_hand", "right_hand")  # what is never painted, whatever mask was drawn
ALIKE = 0.03  # difference of two aspects (their logarithms) that nobody sees


def fit(
    job: Job,
    spec: TransferSpec,
    person: Person,
    garments: tuple[Garment, ...],
    mask: Mask | None,
    crop: Box | None = None,
) -> Fitting:
    """The working picture for one pass. `mask` (h, w) at the photo's size, or None for maskless backends; `crop`
    None: around the person."""
    category = job.category or garments[0].category
    if category not in spec.categories:
        raise CategoryMismatch(model=spec.title, category=category)
    crop = crop or crop_around(person, spec)
    width, height = working_size(crop, spec)
    inside = None if mask is None else _resize_mask(mask[crop.y0 : crop.y1, crop.x0 : crop.x1], width, height)
    return Fitting(
        person=crop_person(person, crop, width, height),
        garments=garments,
        category=category,
        mask=inside,
        crop=crop,
        prompt=styled(job),
        seed=job.seed,
        steps=job.transfer_steps,
        guidance=job.transfer_guidance,
        variant=dict(spec.variants).get(category),
    )


def fit_clip(footage: Footage, still: Fitting, look: Look) -> ClipFitting:
    """The working clip: every frame cropped and sized as `still`, the key frame's fitting."""
    crop = still.crop
    height, width = still.person.photo.pixels.shape[:2]
    people = tuple(None if one is None else crop_person(one, crop, width, height) for one in footage.people)
    frames = footage.clip.frames[:, crop.y0 : crop.y1, crop.x0 : crop.x1]
    if frames.shape[1:3] != (height, width):
        frames = np.stack([_resize(frame, width, height) for frame in frames])
    clip = Clip(frames, footage.clip.fps)
    return ClipFitting(footage=replace(footage, clip=clip, people=people), still=still, look=look)


class Clothed:
    """The frames of a clip as they come dressed, pasted into the clip at its own size."""

    def __init__(
        self, before: Footage, crop: Box, parse: Callable[[Photo], Person] | None, *, painted: bool = False
    ) -> None:
        """`parse` is for a clip that is dressed again afterwards (see `footage`); None: frames are not kept.
        `painted`: by a model, which may not touch faces and hands."""
        self._before, self._crop, self._parse, self._painted = before, crop, parse, painted
        self._frames = np.empty_like(before.clip.frames) if parse else before.clip.frames[:0]
        self._people: list[Person | None] = []
        self.count = 0

    def add(self, dressed: Dressed) -> Pixels:
        """The next frame, whole."""
        index, at = self.count, self._before.at
        whose = person_at(self._before, index) if self._painted else None
        kept = None if whose is None else untouched(whose, None)
        photo, alpha = paste_back(Photo(self._before.clip.frames[index]), self._crop, dressed, kept)
        self.count += 1
        if self._parse is None:
            return photo.pixels
        self._frames[index] = photo.pixels
        if index in at:
            person = self._before.people[at.index(index)]
            if person is not None and dressed.labels is not None:
                person = redressed(person, photo, self._crop, dressed, alpha)
            elif person is not None:
                person = self._parse(photo)
            self._people.append(person)
        return photo.pixels

    def footage(self) -> Footage:
        """The dressed clip, for the next garment."""
        return replace(self._before, clip=Clip(self._frames, self._before.clip.fps), people=tuple(self._people))


def crop_of_clip(footage: Footage, spec: TransferSpec) -> Box:
    """As crop_around, around where the person is in any frame."""
    seen = [person for person in footage.people if person is not None]
    sides = zip(*((p.box.x0, p.box.y0, p.box.x1, p.box.y1) for p in seen), strict=True)
    x0, y0, x1, y1 = (choose(side) for choose, side in zip((min, min, max, max), sides, strict=True))
    return crop_around(replace(seen[0], box=Box(x0, y0, x1, y1)), spec)


def crop_around(person: Person, spec: TransferSpec) -> Box:
    """The person's box with a margin, widened towards the aspect of the backend's size inside the photo."""
    box, photo = person.box, person.photo
    margin = MARGIN * box.height
    x0, y0, x1, y1 = box.x0 - margin, box.y0 - margin, box.x1 + margin, box.y1 + margin
    if spec.sizes:
        aspect = spec.sizes[0][0] / spec.sizes[0][1]
        missing_width = max(0.0, (y1 - y0) * aspect - (x1 - x0))
        missing_height = max(0.0, (x1 - x0) / aspect - (y1 - y0))
        x0, x1 = x0 - missing_width / 2, x1 + missing_width / 2
        y0, y1 = y0 - missing_height / 2, y1 + missing_height / 2
        x0, x1 = _slide(x0, x1, photo.width)
        y0, y1 = _slide(y0, y1, photo.height)
    return Box(
        max(0, int(x0)), max(0, int(y0)), min(photo.width, int(np.ceil(x1))), min(photo.height, int(np.ceil(y1)))
    )


def _slide(low: float, high: float, limit: int) -> tuple[float, float]:
    """Moves an interval into 0..limit without shrinking it, where it fits."""
    if low < 0:
        low, high = 0.0, high - low
    if high > limit:
        low, high = low - (high - limit), float(limit)
    return low, high


def working_size(crop: Box, spec: TransferSpec) -> tuple[int, int]:
    """Width and height of the working picture: the backend's size nearest in aspect, or the crop's own.

    A photo narrower than the backend's sizes (a phone's 9 : 16) is not squashed into one where the backend can work at
    its aspect: it gets as many pixels in the photo's own shape.
    """
    aspect = crop.width / crop.height
    if spec.sizes:
        nearest = min(spec.sizes, key=lambda s: abs(np.log(s[0] / s[1] / aspect)))
        if not spec.any_aspect or abs(np.log(nearest[0] / nearest[1] / aspect)) < ALIKE:
            return nearest
        side = (nearest[0] * nearest[1] * aspect) ** 0.5
        across, down = (max(1, round(v / spec.stride)) * spec.stride for v in (side, side / aspect))
        return across, down
    scale = min(1.0, spec.max_side / max(crop.width, crop.height))
    width, height = (max(spec.stride, round(v * scale / spec.stride) * spec.stride) for v in (crop.width, crop.height))
    return width, height


def crop_person(person: Person, crop: Box, width: int, height: int) -> Person:
    """The same analysis for the crop at another size."""
    if (crop.x0, crop.y0, width, height) == (0, 0, person.photo.width, person.photo.height):
        return person
    sx, sy = width / crop.width, height / crop.height
    keypoints = person.keypoints.copy()
    keypoints[:, 0] = (keypoints[:, 0] - crop.x0) * sx
    keypoints[:, 1] = (keypoints[:, 1] - crop.y0) * sy
    box = person.box
    return replace(
        person,
        photo=Photo(_resize(_cut(person.photo.pixels, crop), width, height)),
        labels=_nearest(_cut(person.labels, crop), width, height),
        keypoints=keypoints,
        parts=_nearest(_cut(person.parts, crop), width, height),
        depth=_resize(_cut(person.depth, crop), width, height),
        normals=None if person.normals is None else _nearest(_cut(person.normals, crop), width, height),
        # Worked out on a small copy of the whole photo: too coarse for a crop that is a small part of it.
        settled=_nearest(_cut(person.settled, crop), width, height)
        if person.settled is not None and crop.height > 0.7 * person.photo.height
        else None,
        sleeves=None if person.sleeves is None else _nearest(_cut(person.sleeves, crop), width, height),
        outline=_resize_mask(_cut(person.outline, crop), width, height),
        box=Box(
            max(0, round((box.x0 - crop.x0) * sx)),
            max(0, round((box.y0 - crop.y0) * sy)),
            min(width, round((box.x1 - crop.x0) * sx)),
            min(height, round((box.y1 - crop.y0) * sy)),
        ),
    )


def untouched(person: Person, mask: Mask | None) -> NDArray[np.bool_]:
    """Boolean (h, w): what a model that paints leaves alone in a photo: face, hands, and all outside the mask (h, w).

    At the photo's own size: a mask that was enlarged from the working size reaches a pixel too far here and there.
    """
    kept: NDArray[np.bool_] = labelled(person.labels, IDENTITY)
    return kept if mask is None else kept | (mask <= 127)


def paste_back(photo: Photo, crop: Box, dressed: Dressed, kept: NDArray[np.bool_] | None = None) -> tuple[Photo, Mask]:
    """The dressed picture in the whole photo, and its alpha at the photo's size; 0 in `kept` (h, w).

    Where alpha is 0 the photo's own pixels are kept exactly; where it is 255 the backend's are.
    """
    pixels = _resize(dressed.pixels, crop.width, crop.height)
    inside = _resize_mask(dressed.alpha, crop.width, crop.height)
    if kept is not None:
        inside = np.where(kept[crop.y0 : crop.y1, crop.x0 : crop.x1], np.uint8(0), inside)
    alpha = np.zeros((photo.height, photo.width), np.uint8)
    alpha[crop.y0 : crop.y1, crop.x0 : crop.x1] = inside
    out = photo.pixels.copy()
    view = out[crop.y0 : crop.y1, crop.x0 : crop.x1]
    view[:] = blend(view, pixels, inside)
    return Photo(out), alpha


def blend(below: Pixels, above: Pixels, alpha: Mask) -> Pixels:
    """`above` over `below`; exact where alpha is 0 or 255. All (h, w[, 3]) uint8."""
    a = alpha[..., None].astype(np.uint16)
    mixed = (below.astype(np.uint16) * (255 - a) + above.astype(np.uint16) * a + 127) // 255
    return mixed.astype(np.uint8)


def redressed(person: Person, photo: Photo, crop: Box, dressed: Dressed, alpha: Mask) -> Person:
    """The analysis of the dressed photo when the backend gave its labels: no second parse."""
    assert dressed.labels is not None
    labels = person.labels.copy()
    labels[crop.y0 : crop.y1, crop.x0 : crop.x1] = _nearest(dressed.labels, crop.width, crop.height)
    outline = person.outline.copy()
    changed = alpha > 127
    outline[changed] = np.where(labels[changed] > 0, np.maximum(outline[changed], alpha[changed]), 0)
    rows, columns = np.where(outline.max(1) > 127)[0], np.where(outline.max(0) > 127)[0]
    box = person.box
    if rows.size and columns.size:
        box = Box(int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1)
    depth = person.depth.copy()
    grown = (labels > 0) & (depth <= 0)
    if grown.any():  # cloth that now covers what was background lies about where its neighbours lie
        near = cv2.dilate(depth, np.ones((31, 31), np.uint8))
        typical = float(depth[depth > 0].mean()) if (depth > 0).any() else 0.5
        depth[grown] = np.where(near[grown] > 0, near[grown] * 0.9, typical)
    depth[labels == 0] = 0
    normals = None if person.normals is None else person.normals * (labels > 0)[..., None]
    sleeves = person.sleeves
    if dressed.sleeves is not None:
        sleeves = np.zeros(labels.shape, np.uint8)
        sleeves[crop.y0 : crop.y1, crop.x0 : crop.x1] = _nearest(dressed.sleeves, crop.width, crop.height)
    return replace(
        person,
        photo=photo,
        labels=labels,
        outline=outline,
        depth=depth,
        box=box,
        normals=normals,
        settled=None,
        sleeves=sleeves,
    )


def _cut(values: NDArray, box: Box) -> NDArray:  # type: ignore[type-arg]
    return np.ascontiguousarray(values[box.y0 : box.y1, box.x0 : box.x1])


def _resize(values: NDArray, width: int, height: int) -> NDArray:  # type: ignore[type-arg]
    if values.shape[:2] == (height, width):
        return values
    smaller = width * height < values.shape[0] * values.shape[1]
    return cv2.resize(values, (width, height), interpolation=cv2.INTER_AREA if smaller else cv2.INTER_CUBIC)


def _resize_mask(values: Mask, width: int, height: int) -> Mask:
    if values.shape[:2] == (height, width):
        return values
    return cv2.resize(values, (width, height), interpolation=cv2.INTER_LINEAR)


def _nearest(values: NDArray, width: int, height: int) -> NDArray:  # type: ignore[type-arg]
    if values.shape[:2] == (height, width):
        return values
    return cv2.resize(values, (width, height), interpolation=cv2.INTER_NEAREST)


def category_of(job: Job, garments: tuple[Garment, ...]) -> Category:
    return job.category or garments[0].category
