"""How rows of cloth lie on a trunk: where each has its middle and how wide it is, from the armpits to the hem."""

from __future__ import annotations

import numpy as np

from tryon.transfer.warping.arrays import Array
from tryon.transfer.warping.body import SIDES, TRUNK_AT, TRUNK_HALF, Body
from tryon.transfer.warping.measure import middle_scale, worn_ratio, wrap

COLUMNS = 7  # points across a row of the trunk
LEAN = 0.25  # px down per px across: more is no body's
SNUG = 1.02  # of the body's width: what is cut to it
SKIRT = 1.35  # of the trunk: what goes further down hangs as a skirt
HIPS = 1.10  # half widths of the body that a skirt takes around the hips
FALLS = 0.85  # how far a skirt falls straight rather than standing off
EASE = (1.06, 1.2)  # width of cloth over the chest in the body's: from what clings to what clears the waist
ROUNDED = 0.88  # of the width above it: a hem that is narrower is cut round
HANGS = 0.5  # of the slope of a trunk's middle that the front of a top follows
ASKEW = 0.2  # half widths that it may hang off the middle


def rows_across(
    body: Body,
    along: Array,
    flat: Array,
    sag: float,
    close: bool = False,
    slant: Array | float = 0.0,
    upright: bool = False,
) -> Array:
    """(n, COLUMNS, 2) where rows of cloth `flat` half widths wide lie on the trunk at distances `along`, in px.

    Each hangs a little in its middle: `sag` is how much, as a share of its half width at the hips. `close`: it follows
    the body; `slant`: how much lower each row hangs to the right than to the left, px per px across;
    `upright`: the front of a top hangs by itself rather than with the trunk.
    """
    widths = np.array([body.half_width(float(a)) for a in along])
    half = (widths[:, 0] + widths[:, 1]) / 2
    seen = plumb(body, along, flat, half, fallen(body, along, half * worn_ratio(flat / half), half))
    middle = np.polyval(np.polyfit(along, widths[:, 2], 1), along)  # cloth does not follow every bend of the waist
    lean = np.zeros(len(along)) + slant
    if close:
        lean += leaning(body, along)
        middle, seen = along_sides(body, along, flat, widths)
    else:
        middle, seen = around_hips(body, along, middle, seen, widths)
    middle, seen = over_legs(body, along, middle, seen)
    if flat[-1] < ROUNDED * flat[-2]:  # a hem rounded up at its sides: it goes on as wide as it is cut
        seen[-1] = min(seen[-1], 1.05 * flat[-1] * seen[-2] / flat[-2])
    hangs = upright and not close and along[-1] < SKIRT * body.trunk
    front = hung_front(along, middle, seen) if hangs else middle
    sides = np.stack([front - middle + seen, middle - front + seen], axis=1) / flat[:, None]
    scale = middle_scale(sides.min(axis=1))
    rows = []
    for i in range(len(along)):
        left, right = (wrap(COLUMNS, float(ratio), scale) * flat[i] for ratio in sides[i])
        across = np.where(np.linspace(-1, 1, COLUMNS) < 0, left, right)
        drop = sag * seen[i] * min(1.5, float(along[i]) / body.trunk) * (1 - np.linspace(-1, 1, COLUMNS) ** 2)
        rows.append(body.place(front[i] + across, along[i] + drop + lean[i] * across))
    return np.array(rows)


def hung_front(along: Array, middle: Array, seen: Array) -> Array:
    """Px across at which the front of a top hangs in rows that lie around `middle`, `seen` px to both sides: straight
    and nearly upright from the chest on, wherever the hips are, or a print on it would be sheared."""
    slope = HANGS * np.polyfit(along, middle, 1)[0]
    line = middle[0] + slope * (along - along[0])
    result: Array = middle + np.clip(line - middle, -ASKEW * seen, ASKEW * seen)
    return result


def along_sides(body: Body, along: Array, flat: Array, widths: Array) -> tuple[Array, Array]:
    """Middle and half width of rows of cloth that is cut to the body, narrowing as far as its own cut does."""
    usual = SNUG * np.interp(along / body.trunk, TRUNK_AT, TRUNK_HALF) * body.unit  # what was worn may stand off
    left, right = widths[:, 0], widths[:, 1]
    inside = (np.minimum(right, usual) - np.minimum(left, usual)) / 2
    middle = ((right - left) / 2 + inside) / 2  # so of its shift but half counts
    seen = SNUG * np.minimum((left + right) / 2, usual)
    return middle, np.minimum(seen, SNUG * seen.max() * flat / flat.max())


def leaning(body: Body, along: Array) -> Array:
    """Px down the trunk per px across it at distances `along` it: a chest goes with the shoulders, which are not held
    at right angles to the trunk by somebody who turns or stands on one leg."""
    across, down = body.coordinates(body.origin + body.arms["right"].points[0] - body.arms["left"].points[0])
    slope = float(np.clip(down / max(across, 0.2 * body.unit), -LEAN, LEAN))
    result: Array = slope * np.interp(along / body.trunk, [0.0, 1.2], [0.7, 0.0])
    return result


def fallen(body: Body, along: Array, seen: Array, half: Array) -> Array:
    """Half widths `seen` of rows of cloth, those of a skirt on their way straight from the hips down to the hem.

    Wide cloth is gathered at a waist and falls from the hips: it bulges nowhere. `half`: those of the body, px.
    """
    if along[-1] < SKIRT * body.trunk:
        return seen
    hips = HIPS * float(np.interp(body.trunk, along, half))
    line = np.interp(along, [body.trunk, along[-1]], [max(hips, HIPS * float(half[-1])), seen[-1]])
    result: Array = seen + FALLS * (np.minimum(seen, np.maximum(line, HIPS * half)) - seen) * (along > 0.9 * body.trunk)
    return result


def plumb(body: Body, along: Array, flat: Array, half: Array, seen: Array) -> Array:
    """Half widths `seen` of the rows of a top, which hangs straight from the chest down or to wider hips, as far as it
    is cut straight, where its cloth `flat` half widths wide stands off there: it clears the waist. `half`: those of the
    body, px."""
    if along[-1] >= SKIRT * body.trunk:
        return seen
    falls = float(np.interp(flat[0] / half[0], EASE, (0.0, 1.0)))
    ends = along[[0, -1]]
    hung, cut = (np.interp(along, ends, np.maximum(edge[[0, -1]], edge[0])) for edge in (seen, flat))
    straight = hung * np.minimum(1.0, flat / cut)
    result: Array = seen + falls * np.maximum(straight - seen, 0.0)
    return result


def around_hips(body: Body, along: Array, middle: Array, seen: Array, widths: Array) -> tuple[Array, Array]:
    """Middle and half width of rows of cloth, widened where hips stand out further on one side than on the other."""
    share = np.clip((along - 0.42 * body.trunk) / (0.13 * body.trunk), 0, 1)
    usual = np.interp(along / body.trunk, TRUNK_AT, TRUNK_HALF) * body.unit
    loose = np.minimum(1.0, 1.2 * usual / widths[:, :2].mean(axis=1))[:, None]  # an old top that stands off is no hip
    sides = 1.03 * loose * widths[:, :2] + 0.01 * body.unit
    low, high = np.minimum(middle - seen, -sides[:, 0]), np.maximum(middle + seen, sides[:, 1])
    return middle + share * ((low + high) / 2 - middle), seen + share * ((high - low) / 2 - seen)


def over_legs(body: Body, along: Array, middle: Array, seen: Array) -> tuple[Array, Array]:
    """Middle and half width of rows of cloth, drawn to where the legs are below the hips: a skirt goes around both."""
    spans = []
    for side in SIDES:
        across, down = body.coordinates(body.legs[side].points).T
        at = np.maximum.accumulate(down)
        spans.append((np.interp(along, at, across), np.interp(along, at, body.legs[side].half)))
    (left, thick_left), (right, thick_right) = spans
    low, high = np.minimum(left - thick_left, right - thick_right), np.maximum(left + thick_left, right + thick_right)
    share = np.clip((along - body.trunk) / (0.7 * body.trunk), 0, 1)
    drawn = middle + share * ((low + high) / 2 - middle)
    needed = np.minimum(1.04 * (high - low) / 2, 1.4 * seen)
    return drawn, np.where(share > 0, np.maximum(seen, share * needed), seen)
