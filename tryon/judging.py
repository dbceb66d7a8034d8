"""What can be measured on a try-on picture: the garment's colour, its print, and whether the rest of the photo is kept.

The measures choose the best of several tries, and are told with every result.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from tryon.masking import labelled
from tryon.types import Category, Garment, Mask, Person, Photo, Pixels

Array = NDArray[Any]
WORN: dict[Category, tuple[str, ...]] = {
    "top": ("upper", "coat"),
    "dress": ("dress", "jumpsuit", "upper", "skirt"),
    "bottom": ("pants", "skirt"),
}
UNKNOWN = 100.0  # colour difference where the garment is not found on the person
SCALES = np.geomspace(0.12, 1.0, 16)  # sizes at which the print is looked for
WORK = 640  # px, height at which it is looked for
LEAST = 16  # px, smallest patch that tells anything


@dataclass(frozen=True, slots=True, kw_only=True)
class Measures:
    """Of one picture. Without a garment in sight colour is UNKNOWN."""

    colour: float  # CIEDE2000 between the garment's mean colour and where it is worn; below 2 nobody sees it
    print: float  # 0..1, how well the garment's middle is found again
    outside: float  # mean difference per channel outside the mask, 0..255
    face: float  # the same in the face

    @property
    def badness(self) -> float:
        """Lower is better: ten steps of colour, a lost print, or eight grey levels of change weigh the same."""
        return self.colour / 10 + (1 - self.print) + (self.outside + self.face) / 8


def measure(before: Person, after: Photo, labels: Array, alpha: Mask, garments: Sequence[Garment]) -> Measures:
    """Measures of a dressed photo. `labels` (h, w) of the dressed photo, `alpha` (h, w) 0..255 where it may differ."""
    worn = [_worn(labels, alpha, garment) for garment in garments]
    difference = np.abs(before.photo.pixels.astype(np.int16) - after.pixels).mean(2)
    outside, face = alpha == 0, labelled(before.labels, ("face",))
    found = [(garment, area) for garment, area in zip(garments, worn, strict=True) if area.any()]
    return Measures(
        colour=float(np.mean([_colour(g, after.pixels, area) for g, area in found])) if found else UNKNOWN,
        print=float(np.mean([print_found(g, after.pixels, area) for g, area in found])) if found else 0.0,
        outside=float(difference[outside].mean()) if outside.any() else 0.0,
        face=float(difference[face].mean()) if face.any() else 0.0,
    )


def best_of(measures: Sequence[Measures]) -> int:
    """Which try to keep; the first of equals."""
    return min(range(len(measures)), key=lambda index: measures[index].badness)


def _worn(labels: Array, alpha: Mask, garment: Garment) -> Array:
    area: Array = labelled(labels, WORN[garment.category]) & (alpha > 200)
    return area


def _colour(garment: Garment, pixels: Pixels, area: Array) -> float:
    inside = garment.cutout > 250
    if not inside.any():
        return UNKNOWN
    means = np.array([[garment.photo.pixels[inside].mean(0), pixels[area].mean(0)]], np.float32)
    first, second = cv2.cvtColor(means / 255, cv2.COLOR_RGB2LAB)[0]
    return ciede2000(first, second)


def ciede2000(first: Array, second: Array) -> float:
    """Colour difference of two CIE Lab colours (Sharma, Wu, Dalal 2005)."""
    (l1, a1, b1), (l2, a2, b2) = (np.asarray(c, float) for c in (first, second))
    chroma = (np.hypot(a1, b1) + np.hypot(a2, b2)) / 2
    g = 0.5 * (1 - np.sqrt(chroma**7 / (chroma**7 + 25.0**7)))
    a1, a2 = a1 * (1 + g), a2 * (1 + g)
    c1, c2 = np.hypot(a1, b1), np.hypot(a2, b2)
    h1, h2 = np.degrees(np.arctan2(b1, a1)) % 360, np.degrees(np.arctan2(b2, a2)) % 360
    turn = (h2 - h1 + 180) % 360 - 180 if c1 * c2 > 0 else 0.0
    dl, dc, dh = l2 - l1, c2 - c1, 2 * np.sqrt(c1 * c2) * np.sin(np.radians(turn) / 2)
    lm, cm = (l1 + l2) / 2, (c1 + c2) / 2
    hm = (h1 + turn / 2) % 360 if c1 * c2 > 0 else h1 + h2
    t = (
        1 - 0.17 * np.cos(np.radians(hm - 30)) + 0.24 * np.cos(np.radians(2 * hm))
        + 0.32 * np.cos(np.radians(3 * hm + 6)) - 0.20 * np.cos(np.radians(4 * hm - 63))
    )  # fmt: skip
    sl = 1 + 0.015 * (lm - 50) ** 2 / np.sqrt(20 + (lm - 50) ** 2)
    sc, sh = 1 + 0.045 * cm, 1 + 0.015 * cm * t
    bend = 2 * np.sqrt(cm**7 / (cm**7 + 25.0**7)) * np.sin(np.radians(60 * np.exp(-(((hm - 275) / 25) ** 2))))
    parts = dl / sl, dc / sc, dh / sh
    return float(np.sqrt(parts[0] ** 2 + parts[1] ** 2 + parts[2] ** 2 - bend * parts[1] * parts[2]))


def print_found(garment: Garment, pixels: Pixels, area: Array) -> float:
    """Best normalised correlation of the garment's middle with where it is worn, over sizes. 1: the same, unbent."""
    patch, worn = _middle(garment), _boxed(pixels, area)
    if patch is None:
        return 0.0
    shrink = min(1.0, WORK / worn.shape[0])
    worn = cv2.resize(worn, None, fx=shrink, fy=shrink, interpolation=cv2.INTER_AREA)
    best = 0.0
    for scale in SCALES * (worn.shape[0] / patch.shape[0]):
        if scale > 1:
            continue
        small = cv2.resize(patch, None, fx=float(scale), fy=float(scale), interpolation=cv2.INTER_AREA)
        if min(small.shape[:2]) >= LEAST and small.shape[0] < worn.shape[0] and small.shape[1] < worn.shape[1]:
            found = cv2.matchTemplate(worn, small, cv2.TM_CCOEFF_NORMED)
            best = max(best, float(np.nan_to_num(found, posinf=0.0, neginf=0.0).max()))
    return min(1.0, best)


def _middle(garment: Garment) -> Pixels | None:
    """The part of a garment's photo where its print usually is."""
    rows, columns = np.where(garment.cutout > 250)
    if len(rows) == 0:
        return None
    top, left = rows.min(), columns.min()
    height, width = rows.max() - top, columns.max() - left
    ends = [int(v) for v in (top + 0.25 * height, top + 0.6 * height, left + 0.35 * width, left + 0.65 * width)]
    patch = garment.photo.pixels[ends[0] : ends[1], ends[2] : ends[3]]
    return patch if min(patch.shape[:2]) >= LEAST else None


def _boxed(pixels: Pixels, area: Array) -> Pixels:
    rows, columns = np.where(area.any(1))[0], np.where(area.any(0))[0]
    return np.ascontiguousarray(pixels[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1])
