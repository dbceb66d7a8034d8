"""Where the neck stands between the shoulders: a head that is held aside takes a high collar with it."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import cv2
import numpy as np

from tryon.masking.areas import bounds
from tryon.transfer.warping.arrays import Array, blur, distance, grow, ramp, sharpened
from tryon.transfer.warping.body import SIDES, Body, Side
from tryon.transfer.warping.reading import Regions
from tryon.types import Garment

HEIGHTS = (-0.62, -0.34)  # of the shoulder distance, along the trunk: from the jaw down to the neck's foot
WIDTHS = (0.24, 0.52)  # of the shoulder distance: how wide necks are
FOOT = (0.36, 0.50)  # of the shoulder distance, across: up to here the neck's foot is evened, and where that runs out
BARE = (0.50, 0.62)  # the same of shoulders beside skin that is seen, whose labels have stairs
STAIRS = 0.5  # of what follows: over which these stairs are
FOOT_EVENED = 0.04  # shoulder distances over which it is
# Shoulder distances: a back that shows by the first at both sides of the neck, or by the second at one, is no scrap.
SCRAP = (0.045, 0.10)
ENDS = 1.2  # of a scrap's height: down to where the front's ends beside it are thin
NECK, OFF = 0.18, 0.07  # the same: half a neck's width, and how far off it is taken to be where hair hides its sides
CLOSE = (0.27, 0.35)  # the same: half as wide is a neckline that lies at the neck, and one that does not
LYING = ("crew", "v", "wide")  # necklines whose ends lie on the shoulders
RISES = 0.2  # px that cloth may stand above bare skin per px from the neckline, where it lies on it
NEXT = 0.02  # shoulder distances beside that skin: there the skin itself tells how high it is
ROUND = 0.02  # shoulder distances over which the outline of that skin is evened
LOW = 0.10  # shoulder distances below the shoulder joints: cloth that lies lower is none on shoulders
ABOVE = (-0.46, -0.28)  # of the shoulder distance, along the trunk: where a neck's sides are told
MOST = 0.36  # the same: further out no neck has its side
FOLLOWS = 0.6  # how far such a neckline goes with what is measured higher up: most necks lean
ASIDE = 0.12  # of the shoulder distance: a neck further from the trunk's middle is none


@dataclass(frozen=True, kw_only=True)
class Neck:
    """Where a neck is held: px across from the trunk's middle to its own, and to its sides (0: not seen)."""

    middle: float = 0.0
    sides: Mapping[Side, float] = field(default_factory=lambda: dict.fromkeys(SIDES, 0.0))


def neck_of(body: Body, regions: Regions) -> Neck:
    return Neck(middle=neck_middle(body, regions), sides=neck_sides(body, regions))


def standing(garment: Garment) -> bool:
    """Whether a collar stands up around the neck: its front goes up beyond the shoulders, whatever it is called."""
    points = garment.landmarks
    if garment.neckline in ("hood", "straps", "strapless", "collar") or garment.worn:
        return False
    if garment.neckline == "high" or "neck_front" not in points:
        return garment.neckline == "high"
    return points["neck_front"][1] < min(points[f"neck_{side}"][1] for side in SIDES)


def turned_down(garment: Garment) -> bool:
    """Whether a collar goes around the neck and is turned down: it stands where the neck does, too."""
    return garment.neckline == "collar" and not garment.worn


def close_to_neck(garment: Garment, half: float) -> float:
    """0..1 how far a neckline, `half` shoulder distances from its middle to its corners, goes around the neck and so to
    where that is held; straps and wide necklines hang on the shoulders."""
    if garment.neckline in ("straps", "strapless"):
        return 0.0
    if standing(garment) or turned_down(garment):
        return 1.0
    return FOLLOWS * float(np.clip((CLOSE[1] - half) / (CLOSE[1] - CLOSE[0]), 0, 1))


def neck_middle(body: Body, regions: Regions) -> float:
    """Px across from the trunk's middle to the neck's; where hair hides its sides, only as far as what is seen of a
    neck of the usual width tells."""
    found, least = [], []
    for across, bare, hair in _across_neck(body, regions, np.linspace(*HEIGHTS, 12)):
        ends = _ends(bare, hair, across)
        if ends is not None and WIDTHS[0] * body.unit < ends[1] - ends[0] < WIDTHS[1] * body.unit:
            found.append((ends[0] + ends[1]) / 2)
        at = across[bare]
        if len(at) and np.ptp(at) < 2 * NECK * body.unit:
            least.append(float(np.clip(0.0, at[-1] - NECK * body.unit, at[0] + NECK * body.unit)))
    if not found:
        return float(np.clip(np.median(least[-4:] or [0.0]), -OFF * body.unit, OFF * body.unit))
    middle = float(np.median(found[-4:]))  # the lowest ones
    return middle if abs(middle) < ASIDE * body.unit else 0.0


def neck_sides(body: Body, regions: Regions) -> dict[Side, float]:
    """Px across from the trunk's middle to the neck's sides where it is narrowest above the shoulders; 0 where hair
    hides them. Who turns the head shows a broad neck on one side, and no neckline ends before it."""
    sides = dict.fromkeys(SIDES, np.inf)
    for across, bare, hair in _across_neck(body, regions, np.linspace(*ABOVE, 8)):
        at = np.flatnonzero(bare)
        if not len(at) or at[0] < 2 or at[-1] > len(bare) - 3:
            continue
        for side, end, way in zip(SIDES, at[[0, -1]], (-2, 2), strict=True):
            if not hair[end + way]:
                sides[side] = min(sides[side], abs(float(across[end])))
    return {side: far if far < MOST * body.unit else 0.0 for side, far in sides.items()}


def _across_neck(body: Body, regions: Regions, heights: Array) -> Iterator[tuple[Array, Array, Array]]:
    """At `heights` along the trunk, shoulder distances, from above: places across it, px, and which of them are bare
    and which are hair, (n,) each."""
    across = np.arange(-0.45 * body.unit, 0.45 * body.unit)
    bare = regions.skin | regions.face
    for along in heights * body.unit:
        places = np.rint(body.place(across, np.full_like(across, along))).astype(int)
        inside = (places >= 0).all(axis=1) & (places < np.array(bare.shape[::-1])).all(axis=1)
        x, y = places[inside].T
        yield across[inside], bare[y, x], regions.hair[y, x]


def _ends(bare: Array, hair: Array, across: Array) -> tuple[float, float] | None:
    """The first and last place `across` (n,) of what is `bare` (n,) bool; None where hair lies beside it."""
    at = np.flatnonzero(bare)
    if not len(at) or at[0] < 2 or at[-1] > len(bare) - 3 or hair[[at[0] - 2, at[-1] + 2]].any():
        return None
    return float(across[at[0]]), float(across[at[-1]])


def beside_collar(body: Body, worn: Array, half: float, aside: float) -> Array:
    """Boolean (h,w): outside of a collar that stands, `worn` (h,w) bool with the garment's front, at the heights at
    which it goes around the neck: it holds the neck together, and cloth lies on the shoulders beside it. `half` px:
    half its width, which its frills do not reach on both sides; `aside` px: how far off the middle it stands."""
    middle, high = np.abs(body.across(worn.shape)) < ASIDE * body.unit, body.along(worn.shape) < 0
    rows = np.flatnonzero((worn & middle & high).any(axis=1))
    some = worn[rows]
    within = np.logical_or.accumulate(some, axis=1) & np.logical_or.accumulate(some[:, ::-1], axis=1)[:, ::-1]
    around = within.sum(axis=1) > 1.8 * half
    found = np.zeros(worn.shape, bool)
    outer = ~worn & (np.abs(body.across(worn.shape) - aside) > half)  # also where the shoulder rises beside it again
    found[rows[around]] = ~within[around] | outer[rows[around]]
    return found & high


def off_shoulders(body: Body, skin: Array, trunk: Array, shown: Array) -> Array:
    """(h,w) 0..1: above the shoulders beside a neckline's ends, where cloth would stand off the skin: it lies on it
    there, and only further out it is as thick as it is. Planes (h,w) bool: `skin` that is there, the `trunk` under what
    is worn, which the old top may have made higher, and what the neckline has `shown` of the skin."""
    result, reach = np.zeros(skin.shape, np.float32), ROUND * body.unit
    low, high = (np.clip(np.rint(end), 0, None).astype(int) for end in body.place(
        np.array([-1, 1]) * BARE[1] * body.unit, np.array([-0.9, LOW]) * body.unit))  # fmt: skip
    part = (slice(low[1], high[1]), slice(low[0], high[0]))
    seen = shown[part]
    if not seen.any():
        return result
    off = cv2.distanceTransform((~seen).astype(np.uint8), cv2.DIST_L2, 3)
    flesh = skin[part] | (trunk[part] & (off > NEXT * body.unit))
    away = (0.5 - blur(flesh.astype(np.float32), reach)) * (math.sqrt(2 * math.pi) * reach)
    above = ramp(body.along(skin.shape)[part], LOW * body.unit, 0.0)
    result[part] = ramp(away - RISES * off, -0.5, 1.0) * above
    return result


def collar_scraps(inside: Array, neck: Array, unit: float, stands: bool = True) -> Array:
    """(h,w) 0..1: what a neckline shows of its back beside the `neck` (h,w) 0..1, where that is slim and not seen at
    both sides; if it `stands`, the thin ends of its front outside of it, too: around this neck it is closed. `inside`
    (h,w) 0..1: its back's inside, `unit`: shoulder distance, px."""
    result = np.zeros(neck.shape, np.float32)
    if not (inside > 0.02).any():
        return result
    part = bounds(inside > 0.02, round(SCRAP[1] * unit))
    shown = (inside[part] > 0.02) & (neck[part] < 0.98)
    _, _, stats, centres = cv2.connectedComponentsWithStats(shown.astype(np.uint8))
    middle, wide = shown.shape[1] / 2, stats[1:, cv2.CC_STAT_WIDTH] / unit
    right = centres[1:, 0] > middle
    both = all((wide[side] >= SCRAP[0]).any() for side in (right, ~right))
    if both or not len(wide) or wide.max() > SCRAP[1]:
        return result
    off = np.zeros(shown.shape, np.float32)
    if not stands:
        result[part] = np.maximum(inside[part], shown)
        return result
    for (x, y, width, height, _), outer in zip(stats[1:], right, strict=True):
        columns = slice(x, None) if outer else slice(None, x + width)
        off[: y + round(ENDS * height), columns] = 1
    result[part] = np.maximum(blur(off, 1.0), shown)
    return result


def even_foot(flesh: Array, area: Array, body: Body, regions: Regions) -> tuple[Array, Array]:
    """`flesh` (h,w) 0..1 whose outline goes in one curve from the neck to the shoulder in `area` (h,w) bool, and what
    of it is beside `area`, (h,w) bool: an old collar's edge leaves a bump or a corner there, a strap's end a ragged
    place on the shoulder."""
    size, reach = flesh.shape, FOOT_EVENED * body.unit
    ends = body.place(*np.meshgrid(np.array([-1, 1]) * BARE[1] * body.unit, np.array([-0.9, 0.0]) * body.unit))
    low, high = (np.clip(np.rint(end), 0, None).astype(int) for end in (ends.min(axis=(0, 1)), ends.max(axis=(0, 1))))
    window = (slice(low[1], high[1]), slice(low[0], high[0]))
    own, person, hair = area[window], regions.person[window], regions.hair[window]
    out = np.abs(body.across(size)[window])
    foot, bare = (ramp(out, end * body.unit, start * body.unit) for start, end in (FOOT, BARE))
    bare *= ramp(distance(regions.skin[window] & ~own, 3 * reach), 3 * reach, reach)
    foot, bare = (zone * ~grow(hair, reach) for zone in (foot, bare))  # hair hides how the line goes on
    high = ramp(body.along(size)[window], 0.0, -0.10 * body.unit)
    zone = np.maximum(foot, bare) * high
    if not (own & (zone > 0)).any() or hair[own & (foot * high > 0)].any():  # hair hides the neck's foot
        return flesh, np.zeros(size, bool)
    rim = ~person | (regions.skin[window] & grow(~person, 3.0))  # an outline's pixels are partly wall
    away = cv2.distanceTransform((~(own & (zone > 0))).astype(np.uint8), cv2.DIST_L2, 3)
    hold = np.maximum(own, ramp(away, 1.5 * reach, 0.0))  # beside `area` the curve runs out into the photo's own
    whole = np.maximum(flesh[window], (regions.skin | regions.face)[window] & ~own)
    photo = blur(whole, 0.2 * reach)  # labels have stairs
    even = sharpened(photo + (blur(whole, reach) - photo) * hold, reach)
    finer = STAIRS * reach  # a shoulder is round
    even += (sharpened(photo + (blur(whole, finer) - photo) * hold, finer) - even) * (bare * (1 - foot))
    zone = zone * (own | (rim & (hold > 0)))
    result, beside = flesh.copy(), np.zeros(size, bool)
    result[window] += (even - result[window]) * zone
    beside[window] = (zone > 0.5) & (even > 0.02) & ~own
    return result, beside
