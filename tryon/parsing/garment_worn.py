"""A garment that somebody wears in its photo: cut out by the person parser's labels, landmarks from key points.

Landmarks are where the garment's own outline lies near the joints: shoulders next to the shoulder joints, cuffs
where the cloth ends along the arm, hems where it ends along the legs.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Any, TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from tryon.parsing.garment_ground import reduced
from tryon.parsing.landmarks import Points
from tryon.parsing.refine import grab_cut
from tryon.types import KEYPOINT, LABEL, Category, Mask, Person

Array = NDArray[Any]
Point: TypeAlias = tuple[float, float]

UPPER = ("upper", "coat", "scarf")
LOWER = ("pants", "skirt", "belt")
WHOLE = ("dress", "jumpsuit")
SKIN = ("face", "neck", "left_arm", "right_arm", "left_hand", "right_hand", "left_leg", "right_leg")


def skin_share(pixels: Array, mask: Array) -> float:
    """Share of the masked pixels whose colour may be skin."""
    return float((_skin_coloured(pixels) & mask).sum() / max(1, mask.sum()))


def may_be_worn(pixels: Array, mask: Array) -> bool:
    """Whether the masked part may show somebody: pieces of a skin's colour in one, beside other colours.

    What has a skin's colour all over is cloth of that colour, and small scattered pieces are a print.
    """
    small = reduced(pixels, 320)
    inside = cv2.resize(mask.astype(np.uint8), small.shape[1::-1], interpolation=cv2.INTER_AREA) > 0
    skin = (_skin_coloured(small) & inside).astype(np.uint8)
    total = max(1, int(inside.sum()))
    if not 0.03 < skin.sum() / total < 0.95:
        return False
    disk = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (5, 5))
    _, _, stats, _ = cv2.connectedComponentsWithStats(cv2.morphologyEx(skin, cv2.MORPH_OPEN, disk))
    return bool((stats[1:, cv2.CC_STAT_AREA] > 0.006 * total).any())


def _skin_coloured(pixels: Array) -> Array:
    picture = cv2.cvtColor(pixels, cv2.COLOR_RGB2YCrCb)
    light, red, blue = (picture[..., i] for i in range(3))
    found: Array = (light > 35) & (red > 133) & (red < 182) & (blue > 77) & (blue < 132)
    return found


def is_worn(person: Person) -> bool:
    """Whether the person that was found is one: enough bare skin, where skin belongs, and of a skin's colour."""
    counts = np.bincount(person.labels.ravel(), minlength=32)
    total = max(1, int(counts[1:].sum()))
    skin = np.isin(person.labels, [LABEL[name] for name in SKIN])
    face = int(counts[LABEL["face"]])
    share = float(skin.sum()) / total
    coloured = skin_share(person.photo.pixels, skin)
    if not skin.any() or _apart(person, skin) < 13 or _even(person, skin) < 0.6:
        return False  # what was taken for skin has the colour of the cloth, or many: a garment seen as a person
    return person.confidence > 0.62 and share > 0.045 and face / total > 0.006 and coloured > 0.6


def _even(person: Person, skin: Array) -> float:
    """Share of what was taken for skin that has nearly one hue."""
    colours = person.photo.pixels[skin][:: max(1, int(skin.sum()) // 4000)]
    lab = cv2.cvtColor(colours[None].astype(np.float32) / 255.0, cv2.COLOR_RGB2LAB)[0]
    away = np.hypot(lab[:, 1] - np.median(lab[:, 1]), lab[:, 2] - np.median(lab[:, 2]))
    return float((away < 10).mean())


def _apart(person: Person, skin: Array) -> float:
    """Difference between the colours of skin and cloth, CIE Lab."""
    cloth = np.isin(person.labels, [LABEL[name] for name in UPPER + LOWER + WHOLE])
    if not cloth.any():
        return 0.0
    colours = [np.median(person.photo.pixels[mask], axis=0) for mask in (skin, cloth)]
    lab = cv2.cvtColor(np.array([colours], np.float32) / 255.0, cv2.COLOR_RGB2LAB)[0]
    return float(np.linalg.norm(lab[0] - lab[1]))


def worn_category(person: Person) -> tuple[Category, float]:
    """The garment that the photo is about, and how sure that is: a dress, else the piece that is whole and larger."""
    areas = {key: float(np.isin(person.labels, [LABEL[n] for n in names]).sum()) for key, names in _GROUPS.items()}
    total = max(1.0, sum(areas.values()))
    if areas["dress"] > 0.5 * total:
        return "dress", 0.5 + 0.45 * areas["dress"] / total
    if areas["bottom"] > 2.2 * areas["top"]:
        return "bottom", 0.5 + 0.4 * areas["bottom"] / total
    return "top", 0.5 + 0.4 * areas["top"] / total


_GROUPS: dict[Category, tuple[str, ...]] = {"top": UPPER, "bottom": LOWER, "dress": WHOLE}


REDRAW = 512  # px, longest side of the copy that a worn garment is cut out on
ALIKE = 0.75  # overlap with the labels below which that cut is not believed


def worn_cutout(person: Person, category: Category) -> Mask:
    """(h, w) soft alpha of the worn garment; all 0 when the person wears none of that category."""
    names = _GROUPS[category]
    if category == "dress" and not np.isin(person.labels, [LABEL[n] for n in WHOLE]).any():
        names = UPPER + LOWER
    elif category == "top" and not np.isin(person.labels, [LABEL[n] for n in UPPER]).any():
        names = WHOLE
    mask = np.isin(person.labels, [LABEL[name] for name in names]).astype(np.uint8)
    size = max(mask.shape)
    disk = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * (size // 400) + 3,) * 2)
    mask = cv2.morphologyEx(cv2.morphologyEx(mask, cv2.MORPH_OPEN, disk), cv2.MORPH_CLOSE, disk)
    mask = cv2.morphologyEx(_without_skin(person, mask), cv2.MORPH_OPEN, disk)
    count, index, stats, _ = cv2.connectedComponentsWithStats(mask)
    areas = stats[1:, cv2.CC_STAT_AREA]
    if count < 2:
        return np.zeros(mask.shape, np.uint8)
    # Sleeves may be cut off by hair or a bag strap; crumbs are mistakes.
    mask = np.isin(index, 1 + np.flatnonzero(areas > 0.04 * areas.max())).astype(np.uint8)
    alpha = _softened(mask, size) * (person.outline.astype(np.float32) / 255.0)
    return np.round(alpha * 255).astype(np.uint8)


def _softened(mask: Array, size: int) -> Array:
    soft = cv2.GaussianBlur(mask.astype(np.float32), (0, 0), max(0.8, size / 900))
    edge: Array = np.clip((soft - 0.5) * 1.6 + 0.45, 0, 1)
    return edge


def redrawn(person: Person, alpha: Mask) -> Mask:
    """(h, w) soft alpha of the worn garment `alpha` (h, w), its outline along the photo's own edges and colours.

    GrabCut near the outline that the labels give. Where a quite different area comes out labels know better, and
    `alpha` comes back.
    """
    mask = (alpha > 127).astype(np.uint8)
    height, width = mask.shape
    scale = min(1.0, REDRAW / max(height, width))
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    pixels = cv2.resize(person.photo.pixels, size, interpolation=cv2.INTER_AREA)
    labels = cv2.resize(person.labels, size, interpolation=cv2.INTER_NEAREST)
    cloth = cv2.resize(mask, size, interpolation=cv2.INTER_NEAREST)
    reach = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * max(2, max(size) // 50) + 1,) * 2)
    core = cv2.erode(cloth, reach) > 0
    if core.sum() < 100:
        return alpha
    around = np.bincount(labels[core], minlength=256)
    strange = (labels > 0) & (around[labels] < 0.02 * core.sum())
    plan = np.full(cloth.shape, cv2.GC_BGD, np.uint8)
    plan[cv2.dilate(cloth, reach) > 0] = cv2.GC_PR_BGD
    plan[cloth > 0] = cv2.GC_PR_FGD
    plan[core] = cv2.GC_FGD
    plan[cv2.erode((strange & (cloth == 0)).astype(np.uint8), reach) > 0] = cv2.GC_BGD
    found = grab_cut(pixels, plan, 3).astype(np.uint8)
    small = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (3, 3))
    found = cv2.morphologyEx(cv2.morphologyEx(found, cv2.MORPH_CLOSE, small), cv2.MORPH_OPEN, small)
    both = float((found & cloth).sum())
    if both < ALIKE * float((found | cloth).sum()):
        return alpha
    _, index, stats, _ = cv2.connectedComponentsWithStats(found)
    large = stats[:, cv2.CC_STAT_AREA] > 0.04 * stats[1:, cv2.CC_STAT_AREA].max()
    large[0] = False
    plane = cv2.resize(large[index].astype(np.float32), (width, height), interpolation=cv2.INTER_LINEAR)
    return np.round(_softened(plane, max(height, width)) * 255).astype(np.uint8)


def _without_skin(person: Person, mask: Array) -> Array:
    """Takes skin and ground off the rim of the mask, where their colours are clearly not the garment's own."""
    step = max(1, max(mask.shape) // 512)
    small = np.ascontiguousarray(person.photo.pixels[::step, ::step])
    lab = cv2.cvtColor(small.astype(np.float32) / 255.0, cv2.COLOR_RGB2LAB)
    lab = cv2.GaussianBlur(lab, (0, 0), 0.8)
    cloth, labels = mask[::step, ::step].astype(bool), person.labels[::step, ::step]
    core = cv2.erode(cloth.astype(np.uint8), np.ones((9, 9), np.uint8)).astype(np.float32)
    count = cv2.boxFilter(core, -1, (41, 41), normalize=False)
    mean = cv2.boxFilter(lab * core[..., None], -1, (41, 41), normalize=False) / np.maximum(1, count)[..., None]
    own = np.linalg.norm(lab - mean, axis=2)
    square = cv2.boxFilter((lab * lab).sum(axis=2) * core, -1, (41, 41), normalize=False) / np.maximum(1, count)
    plain = square - (mean * mean).sum(axis=2) < 14.0**2  # patterns have the ground's and the skin's colours too
    strange = np.zeros(cloth.shape, bool)
    for names in (("face", "neck", "left_arm", "right_arm"), ("background",)):
        other = np.isin(labels, [LABEL[name] for name in names])
        other = cv2.erode(other.astype(np.uint8), np.ones((3, 3), np.uint8)).astype(bool)
        if other.sum() > 30:
            strange |= np.linalg.norm(lab - np.median(lab[other], axis=0), axis=2) < 0.6 * own - 3
    strange &= plain
    out = cloth.copy()
    for _ in range(12):
        bite = out & strange & cv2.dilate((~out).astype(np.uint8), np.ones((3, 3), np.uint8)).astype(bool)
        if not bite.any():
            break
        out[bite] = False
    removed = (cloth & ~out).astype(np.uint8)
    grown = cv2.resize(removed, mask.shape[::-1], interpolation=cv2.INTER_NEAREST)
    return mask * (1 - grown)


# ----------------------------------------------------------------------------------------------- landmarks


class _Body:
    """Key points by side of the picture ("left": the left of the picture) and probes of the garment's outline."""

    def __init__(self, person: Person, alpha: Mask) -> None:
        self.solid = alpha > 127
        self.points = person.keypoints
        shoulders = self.points[[KEYPOINT["right_shoulder"], KEYPOINT["left_shoulder"]], 0]
        own = ("right", "left") if shoulders[0] <= shoulders[1] else ("left", "right")
        self.own = dict(zip(("left", "right"), own, strict=True))
        self.unit = max(8.0, float(abs(shoulders[1] - shoulders[0])))

    def joint(self, side: str, name: str) -> Array:
        return self.points[KEYPOINT[f"{self.own[side]}_{name}"], :2].astype(np.float64)

    def seen(self, side: str, name: str) -> bool:
        return bool(self.points[KEYPOINT[f"{self.own[side]}_{name}"], 2] > 0.08)

    def inside(self, point: Array) -> bool:
        x, y = round(float(point[0])), round(float(point[1]))
        height, width = self.solid.shape
        return 0 <= x < width and 0 <= y < height and bool(self.solid[y, x])

    def walk(self, start: Array, direction: Array, reach: float) -> Array:
        """The last point inside the garment on the way from `start`; `start` itself when it lies outside."""
        unit = direction / max(1e-9, float(np.linalg.norm(direction)))
        last = start
        for distance in np.arange(0, reach, 1.0):
            point = start + distance * unit
            if self.inside(point):
                last = point
            elif distance > 0.05 * self.unit:
                break
        return last


def worn_landmarks(person: Person, alpha: Mask, category: Category) -> Points:
    """Landmarks of a worn garment in pixels of the photo, complete for the category."""
    body = _Body(person, alpha)
    return _worn_bottom(body) if category == "bottom" else _worn_top(body)


def _worn_top(body: _Body) -> Points:
    points: Points = {}
    neck = (body.joint("left", "shoulder") + body.joint("right", "shoulder")) / 2
    hips = (body.joint("left", "hip") + body.joint("right", "hip")) / 2
    down = hips - neck
    length = max(1.0, float(np.linalg.norm(down)))
    down = down / length
    for side, sign in (("left", -1.0), ("right", 1.0)):
        out = sign * np.array([down[1], -down[0]])
        _worn_shoulder(points, body, side, neck, out, down)
        _worn_sleeve(points, body, side, down)
        middle = neck + 0.62 * length * down
        points[f"waist_{side}"] = _pair(body.walk(middle, out, 0.9 * body.unit))
    start = next((neck + d * down for d in np.arange(0, length, 1.0) if body.inside(neck + d * down)), neck)
    points["neck_front"] = _pair(start)
    _worn_hem(points, body, down, hips)
    return points


def _worn_shoulder(points: Points, body: _Body, side: str, neck: Array, out: Array, down: Array) -> None:
    joint = body.joint(side, "shoulder")
    tip = body.walk(joint + 0.05 * body.unit * down, out - 0.6 * down, 0.3 * body.unit)
    points[f"shoulder_{side}"] = _pair(tip)
    base = neck + 0.3 * body.unit * out
    for distance in np.arange(-0.3 * body.unit, 0.5 * body.unit, 1.0):
        if body.inside(base + distance * down):
            base = base + distance * down
            break
    points[f"neck_{side}"] = _pair(base)


def _worn_sleeve(points: Points, body: _Body, side: str, down: Array) -> None:
    """Armpit, cuff and elbow points of one side, along shoulder, elbow and wrist."""
    shoulder, elbow, wrist = (body.joint(side, name) for name in ("shoulder", "elbow", "wrist"))
    armpit = shoulder + 0.36 * body.unit * down + 0.06 * (body.joint(_other(side), "shoulder") - shoulder)
    points[f"armpit_{side}"] = _pair(armpit)
    path = [shoulder, elbow, wrist] if body.seen(side, "wrist") else [shoulder, elbow]
    samples = [a + t * (b - a) for a, b in pairwise(path) for t in np.linspace(0, 1, 40)]
    covered = [i for i, point in enumerate(samples) if body.inside(point)]
    end = _run_end(covered)
    if end < 10:
        points[f"cuff_{side}_outer"], points[f"cuff_{side}_inner"] = points[f"shoulder_{side}"], _pair(armpit)
        return
    cross = _across(body, samples, end, shoulder, armpit)
    points[f"cuff_{side}_outer"], points[f"cuff_{side}_inner"] = cross
    if end > 55:
        points[f"elbow_{side}_outer"], points[f"elbow_{side}_inner"] = _across(body, samples, 40, shoulder, armpit)


def _run_end(covered: list[int]) -> int:
    """Last sample of the unbroken cover; gaps of up to six samples (hair, a strap) do not break it."""
    end = 0
    for i in covered:
        if i - end > 6:
            break
        end = i
    return end


def _across(body: _Body, samples: list[Array], at: int, shoulder: Array, armpit: Array) -> tuple[Point, Point]:
    """The two edges of the sleeve across the arm at a sample: outer first (the side that the shoulder tip is on)."""
    ahead, behind = samples[min(at + 3, len(samples) - 1)], samples[max(at - 3, 0)]
    along = (ahead - behind) / max(1e-9, float(np.linalg.norm(ahead - behind)))
    normal = np.array([along[1], -along[0]])
    if float((armpit - shoulder) @ normal) > 0:
        normal = -normal
    centre = samples[at]
    outer = body.walk(centre, normal, 0.3 * body.unit)
    half = float(np.linalg.norm(outer - centre))
    # Towards the trunk the cloth may not end; an arm is about as thick on either side of its bone.
    inner = body.walk(centre, -normal, min(0.3 * body.unit, max(1.25 * half, 0.1 * body.unit)))
    return _pair(outer), _pair(inner)


def _worn_hem(points: Points, body: _Body, down: Array, hips: Array) -> None:
    """Hem corners and middle: where the cloth ends below the trunk, arms left aside."""
    x0, x1 = (points[f"waist_{side}"][0] for side in ("left", "right"))
    widen = 0.25 * body.unit
    columns = np.arange(int(max(0, x0 - widen)), int(min(body.solid.shape[1], x1 + widen)))
    last = [np.flatnonzero(body.solid[:, x])[-1] for x in columns if body.solid[:, x].any()]
    low = float(np.percentile(last, 90)) if last else float(hips[1])
    row = round(low - 0.06 * body.unit)
    filled = np.flatnonzero(body.solid[int(np.clip(row, 0, body.solid.shape[0] - 1)), columns[0] : columns[-1] + 1])
    left, right = (columns[0] + filled[0], columns[0] + filled[-1]) if len(filled) else (x0, x1)
    for side, x in (("left", float(left)), ("right", float(right))):
        column = body.solid[:, int(np.clip(x + (2 if side == "left" else -2), 0, body.solid.shape[1] - 1))]
        bottom = np.flatnonzero(column)
        points[f"hem_{side}"] = (x, float(bottom[-1]) if len(bottom) else low)
    points["hem_front"] = ((float(left) + float(right)) / 2, low)


def _worn_bottom(body: _Body) -> Points:
    points: Points = {}
    rows = np.flatnonzero(body.solid.any(axis=1))
    top, low = (float(rows[0]), float(rows[-1])) if len(rows) else (0.0, 1.0)
    hips = (body.joint("left", "hip") + body.joint("right", "hip")) / 2
    knees = (body.joint("left", "knee") + body.joint("right", "knee")) / 2
    waist_y = min(top + 0.02 * (low - top) + 1, float(hips[1]))
    points["waist_left"], points["waist_right"] = _row(body, waist_y)
    points["hip_left"], points["hip_right"] = _row(body, max(waist_y + 2, float(hips[1])))
    crotch_y = float(hips[1] + 0.16 * (knees[1] - hips[1]))
    legs = _split(body, low, top)
    for side in ("left", "right"):
        _worn_leg(points, body, side, low, legs, float(hips[0]))
    if legs:
        gap = [y for y in range(round(crotch_y), round(low)) if not body.solid[y, round(float(hips[0]))]]
        near = gap and gap[0] < crotch_y + 0.35 * (knees[1] - hips[1])
        points["crotch"] = (float(hips[0]), float(gap[0]) if near else crotch_y)
    return points


def _worn_leg(points: Points, body: _Body, side: str, low: float, legs: bool, middle: float) -> None:
    if not legs:
        left, right = _row(body, low - 0.04 * body.unit)
        points[f"hem_{side}_outer"] = left if side == "left" else right
        points[f"hem_{side}_inner"] = ((left[0] + right[0]) / 2, low)
        return
    hip, knee, ankle = (body.joint(side, name) for name in ("hip", "knee", "ankle"))
    path = [hip, knee, ankle] if body.seen(side, "ankle") else [hip, knee]
    samples = [a + t * (b - a) for a, b in pairwise(path) for t in np.linspace(0, 1, 40)]
    end = _run_end([i for i, point in enumerate(samples) if body.inside(point)])
    for name, at in (("hem", max(end, 8)), ("knee", 40)):
        if name == "knee" and end < 48:
            continue
        y = float(samples[at][1])
        out = np.array([-1.0 if side == "left" else 1.0, 0.0])
        reach = 0.45 * body.unit
        points[f"{name}_{side}_outer"] = _pair(body.walk(samples[at], out, reach))
        inner = body.walk(samples[at], -out, reach)
        points[f"{name}_{side}_inner"] = (float(inner[0]), y)


def _split(body: _Body, low: float, top: float) -> bool:
    """Whether the lower part hangs in two pieces."""
    row = body.solid[int(np.clip(low - 0.12 * (low - top), 0, body.solid.shape[0] - 1))]
    filled = np.flatnonzero(row)
    return len(filled) > 4 and int(np.diff(filled).max()) > max(3, 0.03 * body.unit)


def _row(body: _Body, y: float) -> tuple[Point, Point]:
    filled = np.flatnonzero(body.solid[int(np.clip(round(y), 0, body.solid.shape[0] - 1))])
    if not len(filled):
        columns = np.flatnonzero(body.solid.any(axis=0))
        return (float(columns[0]), y), (float(columns[-1]), y)
    return (float(filled[0]), y), (float(filled[-1]), y)


def _other(side: str) -> str:
    return "right" if side == "left" else "left"


def _pair(point: Array) -> Point:
    return float(point[0]), float(point[1])
