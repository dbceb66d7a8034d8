"""The back of a neckline beside the neck: it stands a little above the shoulders before it goes behind the neck."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import cv2
import numpy as np

from tryon.transfer.warping.arrays import Array, blur, grow, mix, ramp
from tryon.transfer.warping.body import SIDES, Body, Side
from tryon.transfer.warping.leaves import Leaf
from tryon.transfer.warping.order import Wearing
from tryon.transfer.warping.undress import Base

BACKED = ("crew", "v", "wide")  # necklines whose back stands a little above the shoulders
ACROSS = (0.08, 0.46)  # shoulder distances from the middle between which necklines end on the shoulders
HIGH = (-0.55, 0.05)  # the same along the trunk
THICK = 0.016  # shoulder distances that the back stands above the skin there
STEEP = 1.6  # times as fast it goes out of sight where the neck rises
LEAST = 0.3  # of that where the front ends
BEGINS, LONG = 0.06, 0.14  # the same: from the front's end to where it stands as high, and to where it is out of sight
OUTER = 0.05  # the same: outwards over the front, to where it runs out
NEAR = 0.04  # the same: around the end, where its colour is looked for
SHADE = 0.74  # of its colour: the inside of the back lies in shade


def with_back(base: Base, leaves: Sequence[Leaf], wearing: Wearing, skin: Array) -> Base:
    """What lies below the garment, with what is seen of the back of its neckline beside the neck; `skin` (h,w) 0..1:
    what lies before that."""
    trunk = next((leaf for leaf in leaves if leaf.layer.name.startswith("trunk")), None)
    if trunk is None or not has_back(wearing):
        return base
    window = neck_window(wearing.body, skin.shape)
    own = (trunk.layer.alpha * trunk.keep)[window]
    others = [leaf.layer.alpha[window] * leaf.keep[window] for leaf in leaves if leaf is not trunk]
    sleeves = np.max(others, axis=0) if others else np.zeros_like(own)
    worn = np.stack([np.maximum(own * (1 - trunk.layer.inside[window]), sleeves), np.maximum(own, sleeves)])
    slivers = back_slivers(wearing.body, window, worn, skin[window], wearing.regions.hair[window])
    pixels = base.pixels.copy()
    for sliver, beside in slivers.values():
        colour = SHADE * np.median(trunk.layer.rgb[window][beside], axis=0)
        pixels[window] = mix(pixels[window], np.broadcast_to(colour, pixels[window].shape), sliver)
    return replace(base, pixels=pixels)


def neck_window(body: Body, shape: tuple[int, ...]) -> tuple[slice, slice]:
    """Rows and columns around the neck and the shoulders in a picture of `shape`."""
    across, along = np.meshgrid(np.array([-1, 1]) * (ACROSS[1] + LONG) * body.unit, np.array(HIGH) * body.unit)
    corners = body.place(across, along).reshape(-1, 2)
    low, high = (np.clip(np.rint(ends), 0, shape[1::-1]).astype(int) for ends in (corners.min(0), corners.max(0)))
    return slice(low[1], high[1]), slice(low[0], high[0])


def has_back(wearing: Wearing) -> bool:
    """Whether the back of a neckline goes on behind the neck: not of collars, hoods and straps, nor where the garment's
    picture shows none."""
    garment, dressing = wearing.garment, wearing.dressing
    told = garment.worn or dressing.standing or garment.neckline not in BACKED
    return wearing.category != "bottom" and not told and bool(dressing.cloth.inside.any())


def back_slivers(
    body: Body, window: tuple[slice, slice], worn: Array, skin: Array, hair: Array
) -> Mapping[Side, tuple[Array, Array]]:
    """Per side the coverage (h,w) 0..1 of what is seen of the back beside the neck, and the neighbouring front (h,w)
    bool, in a `window` of the picture. `worn` (2,h,w) 0..1: the front's cloth and all of the garment; `skin` (h,w) 0..1
    before the back, `hair` (h,w) bool."""
    unit, found = body.unit, {}
    rows, columns = np.indices(skin.shape, np.float32)
    places = np.stack([columns + window[1].start, rows + window[0].start], axis=-1)
    across, along = np.moveaxis(body.coordinates(places), -1, 0)
    cloth, bare = worn[0] > 0.5, skin > 0.5
    wall = ~(bare | (worn[1] > 0.5))
    ends = (worn[1] > 0.5) & grow(bare & ~hair, 1.5) & grow(wall, 1.5)
    away = cv2.distanceTransform(wall.astype(np.uint8), cv2.DIST_L2, 5)
    for side, sign in zip(SIDES, (-1, 1), strict=True):
        beside = sign * across / unit
        y, x = np.nonzero(ends & (beside > ACROSS[0]) & (beside < ACROSS[1]))
        if not y.size:
            continue
        first = int(along[y, x].argmin())
        far = np.hypot(columns - x[first], STEEP * (rows - y[first])) / unit
        if (hair & (far < NEAR)).any() or not (cloth & (far < NEAR)).any():
            continue
        inwards = np.minimum(LEAST + far / BEGINS, np.clip(1 - far / LONG, 0, 1))
        outwards = LEAST * np.clip(1 - far / OUTER, 0, 1)
        high = THICK * unit * np.where(beside < beside[y[first], x[first]], inwards, outwards)
        sliver = blur(ramp(away - high, 1.0, 0.0) * (high > 0), 0.6) * ramp(skin, 1.0, 0.5)
        found[side] = (sliver, cloth & (far < NEAR))
    return found
