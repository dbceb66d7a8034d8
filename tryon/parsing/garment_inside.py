"""The front neckline inside a silhouette, and the inside of the back that shows above it.

Laid flat or on a ghost mannequin, a garment shows the inside of its back between the back neckline (the outline) and
the front neckline. The front neckline is searched among curves y = d (1 - |x / e|^p)^q that start on the
outline between the neck points: V shapes (p = q = 1), parabolas, ellipses (p = 2, q = 1/2), by the colour step
across the curve.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from tryon.parsing.garment_label import Box, neck_label
from tryon.types import Garment, Mask, Pixels

Array = NDArray[Any]
Point: TypeAlias = tuple[float, float]
Form: TypeAlias = tuple[float, float, float, float]  # start, power, bow, shift

UNIT = 60.0  # crop pixels per half neck width
ABOVE, BELOW, ASIDE = 0.9, 5.2, 1.15  # extent of the crop, in half neck widths
SHAPES = ((1.0, 1.0), (1.35, 1.0), (1.8, 1.0), (2.6, 1.0), (2.0, 0.7), (2.0, 0.5), (2.6, 0.4))  # p and q
STARTS = (0.5, 0.62, 0.74, 0.86, 0.96)  # where a curve leaves the outline, in half neck widths

LABELLED = 0.45  # neck units below a label in the back within which the front neckline lies
COLLARED, STANDING = 0.75, -0.2  # the same below a collar, which stands that far above the neck points
FAINT = 0.2  # a curve less clear than that is none
BELOW_LABEL: Form = (0.86, 2.0, 0.7, 0.0)


@dataclass(frozen=True, slots=True)
class Neckline:
    """The front neckline in a frame whose unit is half the neck's width, origin between the neck points."""

    depth: float  # of the lowest point below the neck points
    start: float
    power: float
    bow: float
    shift: float  # of the lowest point to the right
    clear: float  # 0..1, how much of the curve lies on a step in colour
    score: float  # the same above what any curve in this picture has, weighted by how likely the shape is
    busy: float  # how much of any curve lies on a step: 0 for plain cloth, over 0.3 for patterns
    outline: float  # depth of the outline above it, in the middle
    labelled: bool = False  # a label inside the back shows above it


@dataclass(frozen=True, slots=True, eq=False)
class Crop:
    """The neck region upright: `lab` (h, w, 3), `solid` (h, w) bool, and the way back to the photo."""

    lab: Array
    solid: Array
    matrix: Array  # (2, 3) crop -> photo
    top: Array  # (w,) first solid row, crop pixels; the last row where there is none

    def at(self, x: float, y: float) -> Point:
        """Neck units -> photo pixels."""
        column, row = (x + ASIDE) * UNIT, (y + ABOVE) * UNIT
        point = self.matrix @ np.array([column, row, 1.0])
        return float(point[0]), float(point[1])


def neck_crop(pixels: Pixels, alpha: Mask, landmarks: Mapping[str, Point]) -> Crop | None:
    """The region around the neck, or None when the neck points leave no room."""
    left, right = np.array(landmarks["neck_left"]), np.array(landmarks["neck_right"])
    half = float(np.linalg.norm(right - left)) / 2
    if half < 4:
        return None
    along = (right - left) / (2 * half)
    down = np.array([-along[1], along[0]])
    scale = half / UNIT
    origin = (left + right) / 2 - ASIDE * half * along - ABOVE * half * down
    matrix = np.column_stack([along * scale, down * scale, origin])
    size = (round(2 * ASIDE * UNIT), round((ABOVE + BELOW) * UNIT))
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    picture, mask = (_softened(plane, origin, scale, size) for plane in (pixels, alpha))
    lab = cv2.warpAffine(picture, matrix, size, flags=flags, borderMode=cv2.BORDER_REPLICATE)
    lab = cv2.cvtColor(lab.astype(np.float32) / 255.0, cv2.COLOR_RGB2LAB)
    solid = cv2.warpAffine(mask, matrix, size, flags=flags) > 127
    top = np.where(solid.any(axis=0), solid.argmax(axis=0), size[1] - 1)
    return Crop(lab=cv2.GaussianBlur(lab, (0, 0), 0.8), solid=solid, matrix=matrix, top=top)


def _softened(plane: Array, origin: Array, scale: float, size: tuple[int, int]) -> Array:
    """The plane, blurred around the neck for the reduction that follows."""
    if scale <= 1.3:
        return plane
    reach = round(1.2 * scale * max(size))
    x, y = max(0, round(origin[0]) - 20), max(0, round(origin[1]) - 20)
    out = plane.copy()
    window = np.s_[max(0, y - reach // 8) : y + reach, max(0, x - reach // 8) : x + reach]
    out[window] = cv2.GaussianBlur(plane[window], (0, 0), 0.45 * scale)
    return out


def front_neckline(crop: Crop, depth: float | None = None) -> Neckline:
    """The curve with the clearest step in colour; `shows` says whether it is one. `depth` fixes the lowest point."""
    middle = round(ASIDE * UNIT)
    outline = float(np.median(crop.top[middle - 3 : middle + 4])) / UNIT - ABOVE
    label = neck_label(crop.lab, crop.solid, UNIT, ASIDE * UNIT, ABOVE * UNIT) if depth is None else None
    first, last = max(0.2, outline + 0.12), 4.6
    if label is not None:  # what is sewn into the back shows above the front neckline, and nearly fills the room
        crop = _without(crop, label)
        first, last = max(first, label[3] + 0.02), label[3] + (COLLARED if outline < STANDING else LABELLED)
        last = max(last, first + 0.2)  # a label high up in a tall collar
    depths = np.arange(first, last, 0.04) if depth is None else np.array([depth])
    starts = STARTS if label is None else STARTS[2:]
    forms = [(start, power, bow, 0.0) for start in starts for power, bow in SHAPES]
    found = [_rated(crop, depths, form) for form in forms]
    best = found[int(np.argmax([float((clear * prior).max()) for clear, prior, _ in found]))][2]
    found += [_rated(crop, depths, (*best[:3], shift)) for shift in (-0.12, -0.06, 0.06, 0.12)]
    usual = np.median(np.stack([clear for clear, *_ in found])) if depth is None else 0.0
    scores = np.stack([(clear - usual) * prior for clear, prior, _ in found])
    row, peak = divmod(int(scores.argmax()), len(depths))
    clear, _, (start, power, bow, shift) = found[row]
    column = _upper_edge(clear, peak)
    if label is not None and clear[column] < FAINT:  # white on white: just below the label, which it cuts off
        start, power, bow, shift = BELOW_LABEL
        column = 1
    return Neckline(
        busy=float(usual),
        depth=float(depths[column]),
        start=start,
        power=power,
        bow=bow,
        shift=shift,
        clear=float(clear[column]),
        score=float(scores[row, column]),
        outline=outline,
        labelled=label is not None,
    )


def _without(crop: Crop, box: Box) -> Crop:
    """The crop with a box (neck units) of it in the colour of the cloth around."""
    x0, y0, x1, y1 = (round((v + o) * UNIT) for v, o in zip(box, (ASIDE, ABOVE, ASIDE, ABOVE), strict=True))
    inner, outer = np.zeros_like(crop.solid), np.zeros_like(crop.solid)
    inner[max(0, y0 - 3) : y1 + 3, max(0, x0 - 3) : x1 + 3] = True
    outer[max(0, y0 - 12) : y1 + 12, max(0, x0 - 12) : x1 + 12] = True
    around = outer & ~inner & crop.solid
    if not around.any():
        return crop
    lab = crop.lab.copy()
    lab[inner] = np.median(lab[around], axis=0)
    return replace(crop, lab=lab)


def _rated(crop: Crop, depths: Array, form: Form) -> tuple[Array, Array, Form]:
    """How clear the curves of one form are (d,), how likely (d,), and the form."""
    start, power, _, shift = form
    edge = _edge_height(crop, start)
    return _steps(crop, _curve(depths, form, edge)), _likely(depths - edge, start, power, shift), form


def _upper_edge(clear: Array, column: int) -> int:
    """The upper edge of a collar band whose lower edge was found: a parallel edge closely above."""
    low, high = max(1, column - 9), column - 2
    if high <= low:
        return column
    best = low + int(clear[low:high].argmax())
    peak = clear[best] >= max(clear[best - 1], clear[min(best + 1, len(clear) - 1)])
    return best if peak and clear[best] > 0.7 * clear[column] else column


def shows(crop: Crop, found: Neckline) -> bool:
    """Whether the inside of the back can be told above the curve, rather than a fold or a pattern of the front.

    On patterned cloth, and where the outline itself dips like a front neckline, the inside must look different too.
    """
    if found.labelled:
        return True
    if found.score < 0.12 or (found.power < 1.5 and found.clear < 0.6):
        return False
    if found.power >= 1.5 and found.depth > 1.6 and found.clear < 0.8:
        return False  # so deep a round neckline is rather a print
    if found.busy < 0.2 and found.outline < 0.6:
        return True
    if found.score > 0.5:
        return True
    inside, below = _beside(crop, found)
    if found.score < 0.3 or min(len(inside), len(below)) < 30:
        return False
    return float(np.linalg.norm(inside.mean(axis=0) - below.mean(axis=0))) > 16 or shaded(inside, below)


def shaded(inside: Array, below: Array) -> bool:
    """Whether colours (n, 3), CIE Lab, are those of a print's own ground `below` (m, 3), in the shade of the back."""
    grounds = []
    for colours in (inside, below):
        count, edges = np.histogram(colours[:, 0], 40, (0, 100))
        peak = edges[int(np.convolve(count, [1, 2, 3, 2, 1], "same").argmax())] + 1.25
        near = np.abs(colours[:, 0] - peak) < 6
        if near.mean() < 0.5:  # of what has no ground, nothing is told
            return False
        grounds.append(np.median(colours[near], axis=0))
    light, *hue = grounds[1] - grounds[0]
    return bool(light > 7 and np.hypot(*hue) < 4)


def _beside(crop: Crop, found: Neckline) -> tuple[Array, Array]:
    """Colours (n, 3) above the curve and (m, 3) below it, CIE Lab."""
    edge = _edge_height(crop, found.start)
    rows, columns = np.nonzero(crop.solid)
    x, y = columns / UNIT - ASIDE, rows / UNIT - ABOVE
    drop = (1 - np.clip(np.abs(x / found.start), 0, 1) ** found.power) ** found.bow
    level = edge + (found.depth - edge) * drop
    inside = (np.abs(x) < 0.9 * found.start) & (y < level - 0.08)
    below = (y > level + 0.25) & (y < level + 1.2)
    return crop.lab[rows[inside], columns[inside]], crop.lab[rows[below], columns[below]]


def _likely(depths: Array, start: float, power: float, shift: float) -> Array:
    """Prior (d,): round necklines are about as deep as half their width, V necks up to four times that."""
    usual, spread = (1.6, 0.8) if power < 1.5 else (0.75, 0.55)
    depth = np.exp(-0.5 * (np.log(np.maximum(depths, 0.05) / usual) / spread) ** 2)
    return (0.25 + 0.75 * depth) * (1.0 - 0.5 * (0.9 - start)) * (1.0 - 0.6 * abs(shift))


def _edge_height(crop: Crop, start: float) -> float:
    """Height of the outline where a curve leaves it, neck units."""
    columns = [round((ASIDE + sign * start) * UNIT) for sign in (-1, 1)]
    return float(np.mean([crop.top[c] for c in columns])) / UNIT - ABOVE


def _curve(depths: Array, form: Form, edge: float) -> tuple[Array, Array]:
    """Points (d, n) of the curves of all depths, neck units: x and y; `form` is start, power, bow and shift."""
    start, power, bow, shift = form
    t = np.sin(np.linspace(-1.4, 1.4, 61))  # denser at the ends, where a curve is steep
    x = start * t + shift * (1 - np.abs(t))
    y = edge + (depths[:, None] - edge) * ((1 - np.abs(t) ** power) ** bow)[None]
    return np.broadcast_to(x, y.shape), y


def _steps(crop: Crop, curves: tuple[Array, Array]) -> Array:
    """How much of each curve (d,) lies on a clear step in colour, 0..1."""
    x, y = curves
    dx, dy = np.gradient(x, axis=1), np.gradient(y, axis=1)
    length = np.hypot(dx, dy)
    nx, ny = dy / length * (3.0 / UNIT), -dx / length * (3.0 / UNIT)
    above, on_above = _sample(crop, x + nx, y + ny)
    below, on_below = _sample(crop, x - nx, y - ny)
    weight = length * on_above * on_below
    total = np.maximum(1e-6, length.sum(axis=1))
    difference = below - above  # einsum: numpy sums slowly along an axis of three
    size = np.sqrt(np.einsum("dnk,dnk->dn", difference, difference))
    together = np.linalg.norm(np.einsum("dnk,dn->dk", difference, weight), axis=1) / total
    # Against noise and folds: a step of 3 begins to count, one of 12 counts fully.
    marked = weight * np.clip((size - 2.0) / 8.0, 0, 1)
    covered = marked.sum(axis=1) / total
    # A print crosses a curve here and there; a neckline follows it all along.
    starts = [int(part[0]) for part in np.array_split(np.arange(length.shape[1]), 6)]
    shares = np.add.reduceat(marked, starts, axis=1) / np.maximum(1e-6, np.add.reduceat(length, starts, axis=1))
    weakest = np.sort(shares, axis=1)[:, :2].mean(axis=1)
    covered = 0.4 * covered + 0.6 * weakest
    return covered * (0.5 + 0.5 * np.clip(together / 10.0, 0, 1))


def _sample(crop: Crop, x: Array, y: Array) -> tuple[Array, Array]:
    """Colours (d, n, 3) at points in neck units, and whether cloth is there."""
    height, width = crop.solid.shape
    columns = np.clip(np.rint((x + ASIDE) * UNIT), 0, width - 1).astype(np.intp)
    rows = np.clip(np.rint((y + ABOVE) * UNIT), 0, height - 1).astype(np.intp)
    return crop.lab[rows, columns], crop.solid[rows, columns]


def inner_back(garment: Garment) -> Mask:
    """(h, w) mask of the inside of the back that shows above the front neckline; all 0 where none shows.

    The transfer puts it behind the neck. Recognised from the landmarks and the photo alone, so that it holds for
    corrected landmarks too.
    """
    empty = np.zeros(garment.cutout.shape, np.uint8)
    if garment.category == "bottom" or garment.worn or "neck_front" not in garment.landmarks:
        return empty
    crop = neck_crop(garment.photo.pixels, garment.cutout, garment.landmarks)
    if crop is None:
        return empty
    back = cv2.invertAffineTransform(crop.matrix)
    front = back @ np.array([*garment.landmarks["neck_front"], 1.0])
    depth = float(front[1]) / UNIT - ABOVE
    found = front_neckline(crop, depth)
    if depth < found.outline + 0.1:
        return empty
    form = (found.start, found.power, found.bow, found.shift)
    x, y = _curve(np.array([depth]), form, _edge_height(crop, found.start))
    line = [crop.at(float(a), float(b)) for a, b in zip(x[0], y[0], strict=True)]
    ends = [crop.at(s * ASIDE, -ABOVE) for s in (1, -1)]
    shape = np.round(np.array([*line, *ends]) * 16).astype(np.int32)
    cv2.fillPoly(empty, [shape], 255, lineType=cv2.LINE_AA, shift=4)
    return np.minimum(empty, garment.cutout)
