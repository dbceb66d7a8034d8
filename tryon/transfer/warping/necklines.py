"""Where a garment's front neckline runs in its picture: what lies above it is the inside of its back.

A curve of the neckline's usual form through its landmarks is drawn to the step in colour nearest to it, as an active
contour is: the way of the clearest steps across its normals, found by dynamic programming (Amini et al., "Using
dynamic programming for solving variational problems in vision", 1990).
"""

from __future__ import annotations

from collections.abc import Mapping

import cv2
import numpy as np

from tryon.masking.areas import bounds, length
from tryon.transfer.warping.arrays import Array, fill, grow, luminance, rounded_mask
from tryon.transfer.warping.collars import standing_collar
from tryon.transfer.warping.faint_necklines import best_parting

NECKED = ("crew", "v", "collar", "wide", "high", "hood", "straps")
BACKLESS = 0.03  # of the distance between the neck points: cloth no further above the front is none of the back
COLLARED = 0.68  # of the distance between the neck points: how wide a collar is open
# Of the curve's form: 1 is straight, 2 an ellipse. The first one where no colours tell.
POWERS = {"v": (1.05, 1.7), "collar": (1.2,), "wide": (1.7,), "straps": (1.6,)}
ROUND = (2.0,)
ROUNDED = ("crew", "wide")

BLUNT = 0.25  # half neck widths around the point of a V in which its landmark rounds it
FINE = 4  # parts of a px in which an edge is drawn
EDGE = 0.06  # half neck widths of the front along its neckline whose colours are taken from further in
BESIDE = 0.3  # half neck widths around an opening in which the front's colour is looked for
PARTED = 0.85  # share of each by which the colours of the front and of the inside of the back tell them apart
LOST = 0.01  # squared half neck widths of the front in the opening from which on they are taken out of it
SHADE = 0.12  # half neck widths beside a V's opening that the shade of its fronts may reach
DEEP = 0.6  # of the lightness of the back and of the fronts: darker is that shade
UNIT = 60.0  # px per half neck width at which steps are looked for
DEEPER = (-0.15, -0.1, -0.05, 0.0, 0.05, 0.1)  # half neck widths that a faint one lies deeper than its landmark
SQUARER = (1.0, 1.15, 1.35, 1.6, 1.9, 2.3)  # times the usual form's power
OFF = (0.1, 0.5)  # of these, the latter's logarithm: standard deviations
REACH = 0.24  # half neck widths that the line may lie off the usual form, beside the middle
# And in the middle, where a landmark tells it, since labels and seams of the back are near a round neckline there.
TRUSTED = {"crew": 0.09, "wide": 0.09, "high": 0.09, "hood": 0.09}
CLEAR = 10.0  # CIE Lab: a step that counts fully
BEND = 0.12  # of such a step: what one px off the usual form's way costs
SHARP = 0.5  # of a clear step: what the clearest place of all across the line is worth beyond that
EVENED = 5.0  # points 3 px apart of the line, over which its way off the usual form is evened
FAINT = 0.65  # share of the line on clear steps below which the usual form stays
ALIKE = 0.7  # of the steps' size: the same for their sum, since a pattern's steps do not add up
BAND = (4, 14)  # px: how thick a neckband is of which both edges show
AS_CLEAR = 0.88  # how clear the upper edge is, compared with the lower one


def neck_opening(rgb: Array, alpha: Array, points: Mapping[str, Array], neckline: str) -> Array:
    """(h,w) 0..1: the area between the front neckline and the back of the neck; `rgb` (h,w,3) 0..255 and `alpha`
    (h,w) 0..1 of the garment, `points` its landmarks in their pixels."""
    opening = np.zeros(alpha.shape, np.float32)
    if neckline not in NECKED or not {"neck_left", "neck_right", "neck_front"} <= points.keys():
        return opening
    left, right, front = points["neck_left"], points["neck_right"], points["neck_front"]
    width = float(np.linalg.norm(right - left))
    if width < 4:
        return opening
    if front[1] < max(left[1], right[1]):
        return standing_collar(rgb, alpha, points).opening if neckline == "high" else opening
    if neckline != "straps" and _backless(alpha, front, width):
        return opening
    top = min(left[1], right[1]) - 0.5 * width
    collared = neckline == "collar"
    if collared:  # the collar itself stands in front of the neck at both sides
        middle = (left + right) / 2
        left, right = middle + COLLARED * (left - middle), middle + COLLARED * (right - middle)
    powers = POWERS.get(neckline, ROUND)
    curve = usual = neck_curve(left, right, front, powers[0])
    if neckline != "straps":
        forms = (neck_curve(left, right, front, power) for power in powers)
        drawn = (on_step(rgb, alpha, form, width / 2, neckline) for form in forms)
        curve = next((line for line in drawn if line is not None), curve)
        if curve is usual and neckline in ROUNDED:
            curve = _faint(rgb, alpha, (left, right, front), powers[0])
    if neckline == "v":
        curve = pointed(curve, width / 2)
    ends = (points["neck_right"], points["neck_left"]) if collared else (curve[-1], curve[0])
    polygon = np.concatenate([curve, np.array([[end[0], top] for end in ends])])
    found = within(polygon, alpha.shape)
    return with_shade(up_to_front(found, rgb, alpha, width / 2), rgb, alpha, width / 2) if neckline == "v" else found


def within(polygon: Array, shape: tuple[int, ...]) -> Array:
    """(h,w) float32 0..1: how much of each pixel lies in a `polygon` (n,2), px. OpenCV's own antialiasing leaves an
    edge that is almost level in waves."""
    result = np.zeros(shape, np.float32)
    low = np.clip(np.floor(polygon.min(axis=0)), 0, np.array(shape[::-1]) - 1).astype(int)
    high = np.clip(np.ceil(polygon.max(axis=0)) + 1, low + 1, shape[::-1]).astype(int)
    size = high - low
    canvas = np.zeros((FINE * size[1], FINE * size[0]), np.uint8)
    fine = (polygon - low + 0.5) * FINE - 0.5
    cv2.fillPoly(canvas, [np.rint(fine * 8).astype(np.int32)], 255, shift=3)
    small = cv2.resize(canvas.astype(np.float32), size.tolist(), interpolation=cv2.INTER_AREA)
    result[low[1] : high[1], low[0] : high[0]] = small / 255
    return result


def own_edge(rgb: Array, alpha: Array, inside: Array, half: float) -> Array:
    """`rgb` (h,w,3) 0..255 whose front, of coverage `alpha` (h,w) 0..1, has its own colours up to its neckline: in the
    picture they are mixed with those of the back's `inside` (h,w) 0..1, which lies in its shade. `half` px: half the
    neck's width."""
    rim = max(1.5, EDGE * half)
    part = bounds(inside > 0, round(4 * rim) + 2)
    if not rgb[part].size:
        return rgb
    back = inside[part] > 0.5
    front = (alpha[part] > 0.9) & ~back
    known = front & ~grow(back, rim)
    edge = grow(front, 1.5) & grow(back, rim) & ~known & (inside[part] < 0.98)
    if not known.any() or not edge.any():
        return rgb
    result = rgb.copy()
    result[part][edge] = fill(rgb[part], known.astype(np.float32))[edge]
    return result


def begins_with_front(alpha: Array, points: Mapping[str, Array], neckline: str) -> bool:
    """Whether a garment of coverage `alpha` (h,w) 0..1 with a round or square `neckline` shows no back above it."""
    if neckline not in ROUNDED or not {"neck_left", "neck_right", "neck_front"} <= points.keys():
        return False
    width = float(np.linalg.norm(points["neck_right"] - points["neck_left"]))
    return width >= 4 and _backless(alpha, points["neck_front"], width)


def _faint(rgb: Array, alpha: Array, ends: tuple[Array, Array, Array], power: float) -> Array:
    """(n,2) a front neckline of about the usual form between its two `ends` and its front, as colours part."""
    left, right, front = ends
    half = float(np.linalg.norm(right - left)) / 2
    forms = [(deeper, squarer) for deeper in DEEPER for squarer in SQUARER]
    curves = [neck_curve(left, right, front + np.array([0, a * half]), power * b) for a, b in forms]
    off = np.array([(a / OFF[0], np.log(b) / OFF[1]) for a, b in forms])
    return best_parting(rgb, alpha, curves, np.exp(-0.5 * (off**2).sum(axis=1)), half)


def up_to_front(opening: Array, rgb: Array, alpha: Array, half: float) -> Array:
    """`opening` (h,w) 0..1 without its lowest part where that is of the front's colour, cut off from the inside of the
    back: the point of a V whose ends meet round, and a button below it. `half` px: half the neck's width."""
    part, inner, cloth, down = _around(opening, alpha, half)
    if down is None:
        return opening
    own = inner & cloth & (down > 0.2) & (down < 0.6)
    front = grow(inner, BESIDE * half) & ~grow(inner, 2) & cloth & (down > 0.4)
    if min(own.sum(), front.sum()) < 30:
        return opening
    lab = cv2.cvtColor(rgb[part].astype(np.float32) / np.float32(255), cv2.COLOR_RGB2LAB)
    lab = cv2.GaussianBlur(lab, (0, 0), 1.0)
    to_own, to_front = (length(lab - np.median(lab[where], axis=0)) for where in (own, front))
    inside = to_own < to_front
    if min(inside[own].mean(), 1 - inside[front].mean()) < PARTED:  # a pattern, or both are alike
        return opening
    _, index = cv2.connectedComponents((inside & inner).astype(np.uint8))
    whole = np.isin(index, np.unique(index[own & inside]))
    low = down > 0.5
    if (inner & low & ~grow(whole, 2)).sum() < LOST * half**2:
        return opening
    result = opening.copy()
    result[part] = np.where(low, np.minimum(opening[part], rounded_mask(whole, 1.5)), opening[part])
    return result


def with_shade(opening: Array, rgb: Array, alpha: Array, half: float) -> Array:
    """`opening` (h,w) 0..1 with the deep shade beside its lower part: where the two fronts of a V meet the back lies in
    their shadow, darker than itself and than both of them. `half` px: half the neck's width."""
    part, inner, cloth, down = _around(opening, alpha, half)
    if down is None:
        return opening
    beside = grow(inner, BESIDE * half) & ~grow(inner, SHADE * half) & cloth & (down > 0.4)
    if min((inner & cloth).sum(), beside.sum()) < 30:
        return opening
    light = cv2.GaussianBlur(luminance(rgb[part].astype(np.float32)), (0, 0), 1.0)
    limit = DEEP * min(float(np.median(light[where])) for where in (inner & cloth, beside))
    deep = grow(inner, SHADE * half) & cloth & (light < limit) & (down > 0.5)
    _, index = cv2.connectedComponents((deep | inner).astype(np.uint8))
    shade = deep & np.isin(index, np.unique(index[inner])) & ~inner
    if not shade.any():
        return opening
    result = opening.copy()
    result[part] = np.maximum(opening[part], rounded_mask(grow(shade, 1.5) | inner, 1.0) * grow(shade, 3))
    return result


def _around(opening: Array, alpha: Array, half: float) -> tuple[tuple[slice, slice], Array, Array, Array | None]:
    """The window (h,w) around an opening, its inside and the garment there (h,w) bool, and (h,1) how far down it each
    row is, 0 to 1 from its first to its last on the garment; None where it is too small to tell anything."""
    part = bounds((opening > 0.5) & (alpha > 0.5), round(BESIDE * half))
    inner, cloth = (opening > 0.5)[part], (alpha > 0.9)[part]
    seen = np.flatnonzero((inner & cloth).any(axis=1))
    if len(seen) < 8:
        return part, inner, cloth, None
    return part, inner, cloth, (np.arange(len(inner))[:, None] - seen[0]) / len(seen)


def _backless(alpha: Array, front: Array, width: float) -> bool:
    """Whether `alpha` (h,w) 0..1 begins at the neckline's `front` (2,), px: with no back behind it, all of it is the
    front, also ruffles that stand above the usual form's curve. `width` px: between the neck points."""
    across = np.rint(front[0] + width * np.linspace(-0.1, 0.1, 5)).astype(int).clip(0, alpha.shape[1] - 1)
    first = (alpha[:, across] > 0.5).argmax(axis=0)
    return bool(np.median(first) > front[1] - BACKLESS * width)


def neck_curve(left: Array, right: Array, front: Array, power: float) -> Array:
    """(n,2) a front neckline of the usual form from left to right: straight sides for a V, a round bottom otherwise."""
    t = np.sin(np.linspace(0, np.pi / 2, 17))  # denser at the sides, where the curve is steep
    drop = (1 - t**power) ** (1 / power)  # superellipse from the front (t=0) to the shoulder seam (t=1)
    halves = [
        np.stack([front[0] + (end[0] - front[0]) * t, end[1] + (front[1] - end[1]) * drop], axis=1)
        for end in (left, right)
    ]
    return np.concatenate([halves[0][::-1], halves[1][1:]])


def pointed(curve: Array, half: float) -> Array:
    """(m,2) a curve (n,2) whose two sides go on straight until they meet, where they do so closely below; `half` px:
    half the neck's width."""
    lowest = int(curve[:, 1].argmax())
    away = np.linalg.norm(curve - curve[lowest], axis=1) / half
    before = np.arange(len(curve)) < lowest
    slopes = []
    for side in (before, ~before):
        part = curve[side & (away > BLUNT) & (away < 3 * BLUNT)]
        if len(part) < 3 or np.ptp(part[:, 1]) < 0.5 * BLUNT * half:
            return curve
        slopes.append(np.polyfit(part[:, 1], part[:, 0], 1))
    (a, b), (c, d) = slopes
    if a - c < 0.05:
        return curve
    y = (d - b) / (a - c)
    if not 0 < (y - curve[lowest, 1]) / half < 2 * BLUNT:
        return curve
    return np.concatenate([curve[before & (away > BLUNT)], [[a * y + b, y]], curve[~before & (away > BLUNT)]])


def on_step(rgb: Array, alpha: Array, curve: Array, half: float, neckline: str) -> Array | None:
    """(m,2) the curve (n,2), from left to right, drawn to the step in colour that runs along it; None where there is
    none. `half` px: half the neck's width; of a round or square `neckline` it is even."""
    low = np.maximum(np.floor(curve.min(axis=0) - 0.5 * half), 0).astype(int)
    high = np.minimum(np.ceil(curve.max(axis=0) + 0.5 * half).astype(int), alpha.shape[::-1])
    size = np.maximum(8, np.rint((high - low) * UNIT / half)).astype(int)
    if (high - low < 8).any():
        return None
    window = (slice(low[1], high[1]), slice(low[0], high[0]))
    small = cv2.resize(rgb[window].astype(np.float32) / 255, size.tolist(), interpolation=cv2.INTER_AREA)
    lab = cv2.GaussianBlur(cv2.cvtColor(small, cv2.COLOR_RGB2LAB), (0, 0), 0.7)
    solid = cv2.resize(alpha[window], size.tolist(), interpolation=cv2.INTER_AREA)
    factor = size / (high - low)
    line = _even((curve - low + 0.5) * factor - 0.5, 3.0)
    way = np.gradient(line, axis=0)
    way /= np.maximum(np.linalg.norm(way, axis=1, keepdims=True), 1e-6)
    inwards = np.stack([way[:, 1], -way[:, 0]], axis=1)
    away, steps = _steps(lab, solid, line, inwards)
    from_front = np.linalg.norm(line - line[int(line[:, 1].argmax())], axis=1) / UNIT
    room = np.abs(away) <= np.interp(from_front, [0.5, 0.9], [TRUSTED.get(neckline, REACH), REACH])[:, None] * UNIT
    found = _neckline(steps, room)
    if found is None:
        return None
    shift = away[found].astype(float)
    if neckline in ROUNDED:
        shift = cv2.GaussianBlur(shift[:, None], (0, 0), EVENED, borderType=cv2.BORDER_REPLICATE)[:, 0]
    else:
        shift = np.convolve(np.pad(shift, 4, mode="edge"), np.full(9, 1 / 9), mode="valid")
    return np.asarray((line + inwards * shift[:, None] + 0.5) / factor - 0.5 + low)


def _neckline(steps: Array, room: Array) -> Array | None:
    """(n,) column of the neckline among steps (n,k,3) where there is `room` (n,k) bool; None if it does not show."""
    sizes = length(steps) * room
    found = _clearest(_worth(sizes))
    clear, step = _along(sizes, found), _at(steps, found).mean(axis=0)
    if clear < FAINT or np.linalg.norm(step) < ALIKE * float(_at(sizes, found).mean()):
        return None
    # Of a neckband the lower edge may be the clearer one: it belongs to the front as a whole.
    beyond = np.arange(room.shape[1])[None] - found[:, None]
    above = (beyond >= BAND[0]) & (beyond <= BAND[1])
    upper = _clearest(_worth(sizes * above))
    if _along(sizes * above, upper) > AS_CLEAR * clear:
        step = _at(steps, upper).mean(axis=0)
    onwards = steps @ (step / max(float(np.linalg.norm(step)), 1e-6))  # it is the same colours that part all along
    return _clearest(_worth(np.maximum(onwards, 0) * room))


def _worth(sizes: Array) -> Array:
    """(n,k) of steps (n,k) CIE Lab: up to 1 for being clear, up to SHARP for being the clearest across the line."""
    most = np.maximum(sizes.max(axis=1, keepdims=True), CLEAR)
    return np.asarray(np.minimum(sizes / CLEAR, 1) + SHARP * sizes / most)


def _even(line: Array, step: float) -> Array:
    """(m,2) points about `step` px apart along a line (n,2)."""
    arc = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(line, axis=0), axis=1))])
    at = np.linspace(0, arc[-1], max(12, round(arc[-1] / step)))
    return np.stack([np.interp(at, arc, line[:, k]) for k in range(2)], axis=1)


def _steps(lab: Array, solid: Array, line: Array, inwards: Array) -> tuple[Array, Array]:
    """(k,) px off the line to the inside, and (n,k,3) the colour there less that on the other side; 0 off the cloth."""
    reach = round(REACH * UNIT)
    at = np.arange(-reach - 3, reach + 4)
    x, y = np.moveaxis((line[:, None] + inwards[:, None] * at[None, :, None]).astype(np.float32), 2, 0)
    colour = cv2.remap(lab, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    there = cv2.remap(solid, x, y, cv2.INTER_LINEAR) > 0.5
    means = (colour[:, :-2] + colour[:, 1:-1] + colour[:, 2:]) / 3
    on = there[:, 1:-5] & there[:, 5:-1]
    return at[3:-3], (means[:, 4:] - means[:, :-4]) * on[..., None]


def _clearest(sizes: Array) -> Array:
    """(n,) column of the way through (n,k) from the first row to the last with the largest sum, bends deducted."""
    count, width = sizes.shape
    back = np.zeros((count, width), int)
    total, bends = sizes[0], np.arange(-2, 3)
    columns = np.clip(np.arange(width)[None] + bends[:, None], 0, width - 1)
    price = BEND * np.abs(bends)[:, None]
    for i in range(1, count):
        reached = total[columns] - price
        best = reached.argmax(axis=0)
        back[i] = columns[best, np.arange(width)]
        total = reached.max(axis=0) + sizes[i]
    way = [int(total.argmax())]
    for i in range(count - 1, 0, -1):
        way.append(int(back[i, way[-1]]))
    return np.array(way[::-1])


def _at(values: Array, way: Array) -> Array:
    return np.asarray(values[np.arange(len(way)), way])


def _along(sizes: Array, way: Array) -> float:
    """0..1: how much of a way lies on steps, its weakest parts above all: prints cross it only here and there."""
    own = np.minimum(_at(sizes, way) / CLEAR, 1)
    weakest = sorted(float(part.mean()) for part in np.array_split(own, 6))[:2]
    return 0.4 * float(own.mean()) + 0.3 * sum(weakest)
