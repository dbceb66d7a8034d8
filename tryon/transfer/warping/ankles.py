"""Bare ankles in shoes whose openings long trousers hid."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from tryon.masking import labelled
from tryon.masking.areas import bounds
from tryon.transfer.warping.arrays import Array, blur, grow, rounded_mask
from tryon.transfer.warping.body import SIDES, Body
from tryon.transfer.warping.leaves import shaded
from tryon.transfer.warping.limbs import Limb
from tryon.transfer.warping.reading import Regions
from tryon.transfer.warping.undress import Base
from tryon.types import Person

COLLAR = 0.12  # shoulder distances below a shoe's highest point in which its opening lies
BACK = 0.5  # of how far a shoe's middle lies before its opening's: so far behind that the ankle comes out
MOST = 0.12  # shoulder distances by which it is moved at the most
REACH = 0.15  # shoulder distances around shoes in which what is no other part of the figure is theirs
EVEN = 0.03  # shoulder distances: narrower is what a hem left of a shoe's edge
SEEN = 0.01  # square shoulder distances of skin beside shoes from which on ankles are bare
DARK, DEEP = 1.2, 0.035  # of a full shadow, and shoulder distances: the shade in a shoe's opening


def over_shoes(regions: Regions, person: Person, unit: float) -> Array | None:
    """Boolean (h,w): shoes that come out of long trousers; None where bare ankles tell how they sit."""
    shoes = labelled(person.labels, ("left_shoe", "right_shoe"))
    part = bounds(shoes, round(0.3 * unit))
    near, lower, skin = (plane[part] for plane in (shoes, regions.lower, regions.skin & ~regions.arms))
    if (skin & grow(near, 0.2 * unit)).sum() > SEEN * unit**2 or not (grow(lower, 3) & near).any():
        return None
    other = lower | skin | (regions.hands | regions.held | regions.upper)[part]
    shoes[part] |= regions.person[part] & ~other & grow(near, REACH * unit)
    return shoes


def in_shoes(body: Body, shoes: Array) -> Body:
    """The body with its ankles where `shoes` (h,w) bool open."""
    columns = np.arange(shoes.shape[1])
    off = {side: np.abs(columns - leg.points[-1, 0]) for side, leg in body.legs.items()}
    legs = dict(body.legs)
    for side, other in zip(SIDES, SIDES[::-1], strict=True):
        shoe = shoes & (off[side] < off[other])
        if shoe.any() and legs[side].seen:
            legs[side] = _in_shoe(legs[side], shoe, body.unit)
    return replace(body, legs=legs)


def _in_shoe(leg: Limb, shoe: Array, unit: float) -> Limb:
    """The shin turned from the knee so that it ends in the back of a shoe's opening: it is moved to the heel only."""
    rows, columns = np.nonzero(shoe)
    opening = columns[rows < np.percentile(rows, 1) + COLLAR * unit]
    middle = float(np.percentile(opening, 2) + np.percentile(opening, 98)) / 2
    back = middle + BACK * (middle - float(columns.mean()))
    ways = np.sort([0.0, MOST * unit * np.sign(back - middle)])
    step = float(np.clip(back - leg.points[-1, 0], *ways))
    share = np.clip((leg.arc - leg.bend) / max(float(leg.arc[-1]) - leg.bend, 1.0), 0, 1)
    return replace(leg, points=leg.points + share[:, None] ** 1.5 * np.array([step, 0.0]))


def even_shoes(regions: Regions, shoes: Array, unit: float) -> Regions:
    """The regions with what stands up from `shoes` (h,w) bool at the old hem given to that."""
    part, rest = bounds(shoes, round(REACH * unit)), np.zeros(shoes.shape, bool)
    even = rounded_mask(shoes[part], EVEN * unit) < 0.5
    rest[part] = shoes[part] & even & grow(regions.lower[part], EVEN * unit)
    return replace(regions, lower=regions.lower | rest, feet=regions.feet & ~rest)


def shaded_openings(base: Base, regions: Regions, shoes: Array, unit: float) -> Base:
    """`base` with shade on the skin that goes into `shoes` (h,w) bool, up to what was painted of it."""
    part = bounds(shoes, round(REACH * unit))
    own = grow(shoes[part], 3) & regions.person[part] & (base.area[part] < 0.5)
    near = np.clip(2 * blur(own.astype(np.float32), DEEP * unit), 0, 1) * base.skin[part]
    pixels = base.pixels.copy()
    pixels[part] = shaded(pixels[part], DARK * near)
    return replace(base, pixels=pixels)
