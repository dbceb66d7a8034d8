"""A garment that somebody wears in its photo: whether one is, and its cut-out by the person parser's labels."""

from __future__ import annotations

from typing import Any, TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from tryon.parsing.garment_below import below_hem
from tryon.parsing.garment_ground import reduced
from tryon.parsing.garment_pieces import disk
from tryon.parsing.refine import grab_cut
from tryon.types import KEYPOINT, LABEL, Category, Mask, Person

Array = NDArray[Any]
Point: TypeAlias = tuple[float, float]

UPPER = ("upper", "coat", "scarf")
LOWER = ("pants", "skirt", "belt")
WHOLE = ("dress", "jumpsuit")
ARMS = ("left_arm", "right_arm", "left_hand", "right_hand")
SKIN = ("face", "neck", "left_arm", "right_arm", "left_hand", "right_hand", "left_leg", "right_leg")


def skin_share(pixels: Array, mask: Array) -> float:
    """Share of the masked pixels whose colour may be skin."""
    return float((skin_coloured(pixels) & mask).sum() / max(1, mask.sum()))


def may_be_worn(pixels: Array, mask: Array) -> bool:
    """Whether the masked part may show somebody: pieces of a skin's colour in one, beside other colours.

    What has a skin's colour all over is cloth of that colour, unless part of it is far lighter than the rest as pale
    skin beside a brown dress, and small scattered pieces are a print.
    """
    small = reduced(pixels, 320)
    inside = cv2.resize(mask.astype(np.uint8), small.shape[1::-1], interpolation=cv2.INTER_AREA) > 0
    skin = (skin_coloured(small) & inside).astype(np.uint8)
    total = max(1, int(inside.sum()))
    share = skin.sum() / total
    if share < 0.03 or (share > 0.95 and np.ptp(np.percentile(small[inside].max(axis=1), (5, 95))) < TWO_TONES):
        return False
    _, _, stats, _ = cv2.connectedComponentsWithStats(cv2.morphologyEx(skin, cv2.MORPH_OPEN, disk(2)))
    return bool((stats[1:, cv2.CC_STAT_AREA] > 0.006 * total).any())


def skin_coloured(pixels: Array) -> Array:
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
BITE = 0.05  # of the shoulder distance: half the height of a bite in a sleeve's edge
TWO_TONES = 110  # 8-bit levels between the lightest and the darkest of one thing that cloth of one colour stays below
NEAR_ARM = 0.35  # shoulder distances from an arm in which wall may be taken for the garment
WALL = 12.0  # CIE Lab: what differs less from the wall around may be the wall, in the shadow of an arm
LIKER = 0.6  # of its difference from the garment: what differs that much less from the wall is wall
TRIM = 0.04  # shoulder distances: half the width of what is no trim and no stripe
SLIT = 0.2  # shoulder distances along an arm: a narrow gap beside it is at least as long
OTHER = 30.0  # CIE Lab: what a garment differs from the wall, where a shaded side cannot be taken for that
SMOOTH = 4.0  # CIE Lab, L from pixel to pixel: cloth of the wall's colour has stitches and folds
TONES = 8  # colours that cloth, and what is beside it, are told by
NEAR_HAIR = 0.3  # shoulder distances from hair in which a row of cloth may hang on by little
OWN, FAR = 0.6, 15.0  # of its difference from what is beside it, at most; and CIE Lab, that this is at least
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
    reach = disk(size // 400 + 1)
    mask = cv2.morphologyEx(cv2.morphologyEx(mask, cv2.MORPH_OPEN, reach), cv2.MORPH_CLOSE, reach)
    mask = cv2.morphologyEx(_without_skin(person, mask), cv2.MORPH_OPEN, reach)
    count, index, stats, _ = cv2.connectedComponentsWithStats(mask)
    areas = stats[1:, cv2.CC_STAT_AREA]
    if count < 2:
        return np.zeros(mask.shape, np.uint8)
    # Sleeves may be cut off by hair or a bag strap; crumbs are mistakes.
    mask = np.isin(index, 1 + np.flatnonzero(areas > 0.04 * areas.max())).astype(np.uint8)
    alpha = softened(mask, size) * (person.outline.astype(np.float32) / 255.0)
    return np.round(alpha * 255).astype(np.uint8)


def softened(mask: Array, size: int) -> Array:
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
    unit = shoulder_width(person.keypoints) * scale
    lab = cv2.cvtColor(pixels.astype(np.float32) / 255.0, cv2.COLOR_RGB2LAB)
    ground = continued(lab, labels == LABEL["background"], NEAR_ARM * unit)
    wall, gap = _like_wall(lab, ground, labels, cloth > 0, core, unit)
    core &= ~wall
    plan = np.full(cloth.shape, cv2.GC_BGD, np.uint8)
    plan[cv2.dilate(cloth, reach) > 0] = cv2.GC_PR_BGD
    plan[(cloth > 0) & ~wall] = cv2.GC_PR_FGD
    plan[core] = cv2.GC_FGD
    plan[surely_own(lab, labels, cloth > 0, core, unit) & ~wall] = cv2.GC_FGD
    plan[cv2.erode((strange & (cloth == 0)).astype(np.uint8), reach) > 0] = cv2.GC_BGD
    plan[gap] = cv2.GC_BGD  # white stripes resemble it
    found = grab_cut(pixels, plan, 3).astype(np.uint8)
    small = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (3, 3))
    found = cv2.morphologyEx(cv2.morphologyEx(found, cv2.MORPH_CLOSE, small), cv2.MORPH_OPEN, small)
    # A pattern or dark folds resemble what is beside it.
    other = np.isin(labels, [LABEL[name] for name in (*_beside(labels, core), "bag")])
    other |= (labels == LABEL["neck"]) & skin_coloured(pixels)  # and skin shows through a mesh
    found[cv2.erode((other & (cloth == 0)).astype(np.uint8), small) > 0] = 0
    found |= bitten(found, person.keypoints[:, :2] * scale, labels)
    arms, lower = (np.isin(labels, [LABEL[name] for name in names]) for names in (ARMS, LOWER))
    trunk = sorted(person.keypoints[[KEYPOINT["left_shoulder"], KEYPOINT["right_shoulder"]], 0] * scale)
    span = (trunk[0] - 0.1 * unit, trunk[1] + 0.1 * unit, unit)
    if not (lower & core).any():
        found[below_hem(lab, found > 0, arms, lower, span)] = 0
    both = float((found & cloth).sum())
    if both < ALIKE * float((found | cloth).sum()):
        return alpha
    _, index, stats, _ = cv2.connectedComponentsWithStats(found)
    large = stats[:, cv2.CC_STAT_AREA] > 0.04 * stats[1:, cv2.CC_STAT_AREA].max()
    large[0] = False
    plane = cv2.resize(large[index].astype(np.float32), (width, height), interpolation=cv2.INTER_LINEAR)
    return np.round(softened(plane, max(height, width)) * 255).astype(np.uint8)


def surely_own(lab: Array, labels: Array, mask: Array, core: Array, unit: float) -> Array:
    """Boolean (h,w): what of the garment's `mask` (h,w) bool is taken for other clothes only because they have a colour
    of its own: blue jeans tell nothing of a blue shoulder. It is beside hair, which leaves little of a row there, and
    has colours of the `core` (h,w) bool in the picture `lab` (h,w,3) and none of what else lies at shoulders; `unit` is
    the shoulder distance, px."""
    clothes = np.isin(labels, [LABEL[name] for name in _beside(labels, core) if name in LOWER])
    beside = np.isin(labels, [LABEL[name] for name in ("background", "hair", "face", "neck", "left_arm", "right_arm")])
    hair = (labels == LABEL["hair"]).astype(np.uint8)
    rim = mask & ~core & (cv2.distanceTransform(1 - hair, cv2.DIST_L2, 5) < NEAR_HAIR * unit)
    found = np.zeros(mask.shape, np.uint8)
    if not (rim.any() and clothes.any() and beside.any()):
        return found > 0
    own, worn, apart = (
        np.linalg.norm(lab[rim][:, None] - tones(lab[of])[None], axis=2).min(axis=1) for of in (core, clothes, beside)
    )
    found[rim] = (own < OWN * apart) & (worn < apart) & (apart > FAR)
    surely: Array = (cv2.morphologyEx(found, cv2.MORPH_OPEN, np.ones((2, 2), np.uint8)) & found) > 0
    return surely


def tones(colours: Array) -> Array:
    """(n,3) the commonest of `colours` (m,3) float32."""
    some = np.ascontiguousarray(colours[:: max(1, len(colours) // 1500)])
    cv2.setRNGSeed(7)
    ends = (cv2.TERM_CRITERIA_MAX_ITER, 8, 0.0)
    _, _, centres = cv2.kmeans(some, min(TONES, len(some)), None, ends, 1, cv2.KMEANS_PP_CENTERS)
    return centres


def _like_wall(lab: Array, ground: Array, labels: Array, mask: Array, core: Array, unit: float) -> tuple[Array, Array]:
    """Boolean (h,w) each: what of the garment's `mask` (h,w) bool is the wall, near an arm, and what of that is a
    narrow gap along one: labels fill gaps between arm and trunk. It has the colours of the wall around the figure,
    `ground` (h,w,3), rather than those that the garment, whose `core` (h,w) bool is sure, has away from arms, and is
    wider than a trim, if it is no such gap. `lab` (h,w,3) is the picture, `unit` the shoulder distance, px."""
    arms = np.isin(labels, [LABEL[name] for name in ARMS])
    away = cv2.distanceTransform((~arms).astype(np.uint8), cv2.DIST_L2, 5)
    near = away < NEAR_ARM * unit
    own = continued(lab, core & ~near, NEAR_ARM * unit)
    wall, cloth = (np.linalg.norm(lab - colour, axis=2) for colour in (ground, own))
    found = mask & near & (wall < WALL) & (wall < LIKER * cloth)
    wide: Array = cv2.morphologyEx(found.astype(np.uint8), cv2.MORPH_OPEN, disk(round(TRIM * unit))) > 0
    gap = _gaps(lab, found & (np.linalg.norm(ground - own, axis=2) > OTHER), arms, SLIT * unit)
    gap &= ~wide
    return wide | gap, gap


def _gaps(lab: Array, found: Array, arms: Array, least: float) -> Array:
    """Boolean (h,w): what of `found` (h,w) bool, of the wall's colour, is a narrow gap beside `arms` (h,w) bool:
    smooth, as knitted trims are not, and for `least` px down beside an arm, where a cuff's trim lies across it."""
    light, square = lab[..., 0], np.ones((3, 3), np.uint8)
    smooth = found & (cv2.dilate(light, square) - cv2.erode(light, square) < SMOOTH)
    thin = cv2.morphologyEx(smooth.astype(np.uint8), cv2.MORPH_OPEN, square)
    beside = cv2.dilate(arms.astype(np.uint8), np.ones((1, 9), np.uint8)) > 0
    _, index = cv2.connectedComponents(thin)
    rows = np.unique(np.stack([index, np.indices(index.shape)[0]])[:, beside & (index > 0)], axis=1)[0]
    gaps = np.flatnonzero(np.bincount(rows) > least)
    result: Array = (cv2.dilate(np.isin(index, gaps).astype(np.uint8), square) > 0) & found
    return result


def continued(lab: Array, known: Array, reach: float) -> Array:
    """(h,w,3) the colours of the picture `lab` (h,w,3) where they are `known` (h,w) bool, continued from there by
    blurring over `reach` px."""
    weight = cv2.GaussianBlur(known.astype(np.float32), (0, 0), reach)
    mean: Array = cv2.GaussianBlur(lab * known[..., None], (0, 0), reach) / np.maximum(weight, 1e-4)[..., None]
    return mean


def shoulder_width(points: Array) -> float:
    """Distance between the shoulders of key points `points` (n,2 or 3), px, and never next to nothing."""
    left, right = (points[KEYPOINT[f"{side}_shoulder"], :2] for side in ("left", "right"))
    return max(8.0, float(np.linalg.norm(left - right)))


def _beside(labels: Array, core: Array) -> tuple[str, ...]:
    """The names of the clothes that the garment, whose `core` (h,w) bool is sure, is worn with."""
    own = np.bincount(labels[core], minlength=256)
    return tuple(name for name in LOWER + UPPER if own[LABEL[name]] < 0.02 * core.sum())


def bitten(solid: Array, points: Array, labels: Array) -> Array:
    """(h,w) uint8 0 or 1: bites in the outer edges of the sleeves of `solid` (h,w) uint8 0 or 1, where stripes have the
    ground's colours; `points` (n,2) key points, `labels` (h,w): nothing of the person's own is a bite."""
    width = shoulder_width(points)
    added = (cv2.morphologyEx(solid, cv2.MORPH_CLOSE, disk(round(BITE * width))) > 0) & (solid == 0)
    added &= ~np.isin(labels, [LABEL[name] for name in (*SKIN, *LOWER, "hair")])
    y, x = np.nonzero(added)
    outside = np.zeros(len(x), bool)
    for side, other in (("left", "right"), ("right", "left")):
        start, end = (points[KEYPOINT[f"{side}_{name}"]] for name in ("shoulder", "elbow"))
        way = (end - start) / max(1e-6, float(np.linalg.norm(end - start)))
        normal = np.array([-way[1], way[0]])
        if normal @ (points[KEYPOINT[f"{other}_shoulder"]] - start) > 0:
            normal = -normal
        off = np.stack([x, y], axis=1) - start
        outside |= (off @ normal > 0) & (off @ normal < 0.4 * width) & (off @ way > -0.1 * width)
    found = np.zeros_like(solid)
    found[y[outside], x[outside]] = 1
    return found


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
