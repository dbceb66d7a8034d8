"""Masks: where a new garment may be painted, the label maps that published mask recipes read, and labels put right.

The mask follows the new garment as well as the old one (the commonest complaint about try-on systems is a mask that
keeps the old garment's length), and never takes in face, hair, hands, shoes or bag.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from tryon.types import KEYPOINT, LABEL, LABELS, Category, Garment, Mask, Person

Array = NDArray[Any]

# Label -> index in ATR (SCHP's 18 classes) and LIP (20 classes). ATR counts the neck as face and has no hands, coats,
# socks or gloves; LIP leaves the neck open, as the recipes that read both maps expect.
ATR18 = {
    "hat": 1, "hair": 2, "sunglasses": 3, "upper": 4, "coat": 4, "skirt": 5, "pants": 6, "dress": 7, "jumpsuit": 7,
    "belt": 8, "left_shoe": 9, "right_shoe": 10, "face": 11, "neck": 11, "left_leg": 12, "right_leg": 13, "socks": 12,
    "left_arm": 14, "left_hand": 14, "right_arm": 15, "right_hand": 15, "gloves": 14, "bag": 16, "scarf": 17,
}  # fmt: skip
LIP20 = {
    "hat": 1, "hair": 2, "gloves": 3, "sunglasses": 4, "upper": 5, "dress": 6, "coat": 7, "socks": 8, "pants": 9,
    "belt": 9, "jumpsuit": 10, "scarf": 11, "skirt": 12, "face": 13, "left_arm": 14, "left_hand": 14, "right_arm": 15,
    "right_hand": 15, "left_leg": 16, "right_leg": 17, "left_shoe": 18, "right_shoe": 19,
}  # fmt: skip

UPPER = ("upper", "coat", "dress", "jumpsuit", "scarf")
LOWER = ("pants", "skirt", "belt", "dress", "jumpsuit")
SKIN = {"top": ("neck", "left_arm", "right_arm"), "bottom": ("left_leg", "right_leg")}
PROTECTED = (
    "hat", "hair", "sunglasses", "face", "left_hand", "right_hand", "gloves", "bag", "left_shoe", "right_shoe",
)  # fmt: skip
SEEN = 0.12  # least score of a key point that is used
BINS = 24  # colour histogram bins per axis of Lab
# How far the hem of each length goes: shares of the trunk below the hips (top, dress), joints for the rest.
BELOW_HIPS = {"cropped": 0.05, "hip": 0.35, "thigh": 0.75, "knee": 1.15, "calf": 1.65, "ankle": 2.1}


def atr18(labels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Label map (h,w) as SCHP-ATR would give it: 0..17."""
    return _lookup(ATR18)[labels]


def lip20(labels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Label map (h,w) as SCHP-LIP would give it: 0..19."""
    return _lookup(LIP20)[labels]


def _lookup(table: dict[str, int]) -> NDArray[np.uint8]:
    return np.array([table.get(name, 0) for name in LABELS], np.uint8)


def labelled(labels: Array, names: Iterable[str]) -> Array:
    """Boolean (h,w): pixels with one of these labels."""
    table = np.zeros(256, bool)
    for name in names:
        table[LABEL[name]] = True
    return table[labels]


def agnostic_mask(person: Person, garments: Sequence[Garment], category: Category) -> Mask:
    """(h,w) 0 or 255: what may be painted when `garments` go on as `category`.

    The old garment, and the parts of the body that the new one will cover or bare, widened by cloth that stands
    off; without face, hair, hands, shoes and bags, and, for a top or a bottom, without what it is worn with except
    where it will overlap.
    """
    labels, points = corrected_labels(person), person.keypoints
    unit, trunk = figure_size(points)
    if unit <= 0:
        return np.where(labelled(labels, UPPER + LOWER), 255, 0).astype(np.uint8)
    wanted = _old(labels, points, trunk, category)
    wanted |= _body(labels.shape, points, unit, trunk, garments, category)
    if category != "bottom":
        wanted |= labelled(labels, SKIN["top"])
    if category != "top":
        wanted |= labelled(labels, SKIN["bottom"])
    margin = max(2, round(0.12 * unit))
    wanted = _dilated(wanted, margin)
    kept = labelled(labels, PROTECTED)
    if category == "bottom":
        kept &= ~instep(labels, points, unit)
    return np.where(wanted & ~kept, 255, 0).astype(np.uint8)


def instep(labels: Array, points: Array, unit: float) -> Array:
    """Boolean (h,w): what is labelled a shoe but lies at the ankle, where trousers fall over it."""
    rows = np.arange(labels.shape[0])[:, None]
    found = np.zeros(labels.shape, bool)
    for side in ("left", "right"):
        ankle = points[KEYPOINT[f"{side}_ankle"]]
        if ankle[2] >= SEEN:
            found |= labelled(labels, (f"{side}_shoe",)) & (rows < ankle[1] + 0.10 * unit)
    return found


def figure_size(points: Array) -> tuple[float, float]:
    """Distance between the shoulder joints and from there to the hips, px; (0, 0) without shoulders."""
    left, right = points[KEYPOINT["left_shoulder"]], points[KEYPOINT["right_shoulder"]]
    if min(left[2], right[2]) < SEEN:
        return 0.0, 0.0
    shoulder = float(np.hypot(*(left[:2] - right[:2])))
    hips = [points[KEYPOINT[f"{side}_hip"]] for side in ("left", "right")]
    trunk = 1.5 * shoulder
    if min(hip[2] for hip in hips) >= SEEN:
        trunk = float(np.hypot(*((hips[0][:2] + hips[1][:2] - left[:2] - right[:2]) / 2)))
    return max(shoulder, 0.58 * trunk), max(trunk, 1.0)


def _old(labels: Array, points: Array, trunk: float, category: Category) -> Array:
    """What the new garment replaces; of a dress, for a top or a bottom, its half."""
    one_piece = labelled(labels, ("dress", "jumpsuit"))
    if category == "dress":
        return labelled(labels, UPPER + LOWER)
    shoulders = points[[KEYPOINT["left_shoulder"], KEYPOINT["right_shoulder"]], 1].mean()
    below = np.arange(labels.shape[0])[:, None] > shoulders + 0.72 * trunk
    if category == "top":
        return labelled(labels, ("upper", "coat", "scarf")) | (one_piece & ~below)
    return labelled(labels, ("pants", "skirt", "belt")) | (one_piece & below)


def _body(
    size: tuple[int, ...], points: Array, unit: float, trunk: float, garments: Sequence[Garment], category: Category
) -> Array:
    """Boolean (h,w): trunk, arms and legs as far as the garments go, drawn as thick lines."""
    canvas = np.zeros(size, np.uint8)
    joint = {name: points[index] for name, index in KEYPOINT.items()}
    shoulders = (joint["left_shoulder"][:2] + joint["right_shoulder"][:2]) / 2
    hips = [joint[f"{side}_hip"] for side in ("left", "right")]
    seen = min(hip[2] for hip in hips) >= SEEN
    hip = (hips[0][:2] + hips[1][:2]) / 2 if seen else shoulders + np.array([0.0, trunk])
    down = (hip - shoulders) / max(float(np.linalg.norm(hip - shoulders)), 1e-6)
    reach = max((BELOW_HIPS[garment.length] for garment in garments), default=0.35)
    roomy = 1.25 if reach <= 0.4 else 1.5
    if category in ("top", "dress"):
        start, end = shoulders - down * 0.35 * unit, hip + down * reach * trunk
        _tapered(canvas, start, shoulders, 0.28 * unit, 0.56 * unit)
        _tapered(canvas, shoulders, hip, 0.62 * unit, 0.60 * unit * roomy)
        if reach > 0.05:
            _tapered(canvas, hip, end, 0.60 * unit * roomy, (0.62 if reach < 0.5 else 0.85) * unit * roomy)
        for side in ("left", "right"):
            _limb(canvas, joint, side, ("shoulder", "elbow", "wrist"), 0.26 * unit, _sleeves(garments))
    if category in ("bottom", "dress"):
        waist = shoulders + (hip - shoulders) * 0.62
        _tapered(canvas, waist, hip, 0.52 * unit, 0.66 * unit)
        for side in ("left", "right"):
            _limb(canvas, joint, side, ("hip", "knee", "ankle"), 0.36 * unit, 1.0)
        if any(garment.kind in ("skirt", "dress") for garment in garments):
            _tapered(canvas, hip, hip + down * reach * trunk, 0.7 * unit, 0.95 * unit)
    return canvas > 0


def _sleeves(garments: Sequence[Garment]) -> float:
    """Share of the arm that the longest sleeves cover."""
    reach = {"none": 0.12, "short": 0.55, "elbow": 0.85, "long": 1.0}
    return max((reach[garment.sleeves] for garment in garments), default=1.0)


def _tapered(canvas: Array, a: Array, b: Array, half_a: float, half_b: float) -> None:
    span = b - a
    length = float(np.linalg.norm(span))
    if length < 1e-6:
        return
    normal = np.array([-span[1], span[0]]) / length
    corners = [a - normal * half_a, a + normal * half_a, b + normal * half_b, b - normal * half_b]
    cv2.fillConvexPoly(canvas, np.rint(corners).astype(np.int32), 1)


def _limb(
    canvas: Array, joint: dict[str, Array], side: str, names: tuple[str, str, str], half: float, share: float
) -> None:
    """A thick line along a limb, `share` of its two bones long; nothing where the limb is not seen."""
    first, second, third = (joint[f"{side}_{name}"] for name in names)
    if min(first[2], second[2]) < SEEN:
        return
    points = [first[:2], first[:2] + (second[:2] - first[:2]) * min(1.0, 2 * share)]
    if third[2] >= SEEN and share > 0.5:
        points.append(second[:2] + (third[:2] - second[:2]) * (2 * share - 1))
    line = np.rint(points).astype(np.int32).reshape(-1, 1, 2)
    cv2.polylines(canvas, [line], False, 1, max(1, round(2 * half)))


# ------------------------------------------------------------------------------------------- labels put right


def corrected_labels(person: Person) -> NDArray[np.uint8]:
    """Labels (h,w) with sleeves, cuffs and skin told apart by the photo's own colours.

    A label map is least sure where sleeves meet arms and necklines meet skin. There the photo knows better: the
    colours of face and neck are skin, those of the middle of the chest are cloth. Where the two resemble each other
    the labels stay as they are.
    """
    unit, _ = figure_size(person.keypoints)
    if unit <= 0:
        return person.labels
    labels = person.labels.copy()
    for names in (("upper", "coat", "dress", "jumpsuit"), ("pants", "skirt")):
        labels = _with_missed(labels, person.photo.pixels, names, unit)
    lab = cv2.cvtColor(person.photo.pixels, cv2.COLOR_RGB2LAB)
    labels = _sorted_by_colour(labels, lab, person.keypoints, unit)
    upper, neck = labelled(labels, ("upper", "coat", "dress", "jumpsuit")), labelled(labels, ("neck",))
    bare = _eroded(labelled(labels, ("face",)) | neck, 0.03 * unit)
    chest = _eroded(upper, 0.10 * unit)
    if bare.sum() < 60 or chest.sum() < 200:
        return labels
    skin, cloth = colour_share(lab, bare), colour_share(lab, chest)
    if float(np.sqrt(skin * cloth).sum()) > 0.35:
        return labels
    off = lab.astype(np.float32) - np.median(lab[bare], axis=0).astype(np.float32)
    # The skin of arms and hands counts where its hue agrees: it lies in another light than the face.
    limbs = _eroded(labelled(labels, ("left_arm", "right_arm", "left_hand", "right_hand")), 0.03 * unit)
    skin = colour_share(lab, bare | (limbs & (np.hypot(off[..., 1], off[..., 2]) < 9)))
    off[..., 0] = 0.2 * np.maximum(off[..., 0] - 45, 0)  # skin may lie in shade or sun; white cloth is brighter still
    strange = np.linalg.norm(off, axis=2)
    bins = lab // (256 // BINS + 1)
    score = np.log((skin + 1e-4) / (cloth + 1e-4)).astype(np.float32)[bins[..., 0], bins[..., 1], bins[..., 2]]
    # Sunlit skin may be of no colour seen elsewhere, but its hue is skin's and the cloth has no such colour.
    tint = 9 + 0.3 * off[..., 0]
    hue = (np.hypot(off[..., 1], off[..., 2]) < tint) & (cloth[bins[..., 0], bins[..., 1], bins[..., 2]] < 3e-4)
    score = np.where(hue, np.maximum(score, 1.5), score)
    score = cv2.GaussianBlur(score, (0, 0), max(1.0, 0.012 * unit))
    strange = cv2.GaussianBlur(strange, (0, 0), max(1.0, 0.012 * unit)) > 13
    ends = labelled(labels, ("neck",)) | wrists(labels, person.keypoints, score > -1.2, unit)
    return _exchanged(labels, score, strange, upper, ends, unit)


def _with_missed(labels: Array, pixels: Array, names: tuple[str, ...], unit: float) -> NDArray[np.uint8]:
    """Labels with cloth that was taken for a plain background: beside the garment, of its colours, and not behind it.

    White shirts before pale walls lose a sleeve otherwise. What is behind is continued from further away; where it is
    too busy for that, nothing is changed.
    """
    cloth, person = labelled(labels, names), labels > 0
    inner = _eroded(cloth, 0.05 * unit)
    near = _dilated(cloth, 0.25 * unit) & ~person
    known = ~_dilated(person, 0.15 * unit)
    if not inner.any() or not near.any() or known.mean() < 0.05:
        return labels
    off = cv2.GaussianBlur(np.abs(pixels.astype(np.float32) - behind(pixels, known)).max(axis=2), (0, 0), 1.2)
    ring = known & _dilated(near, 0.3 * unit)
    noise = float(np.percentile(off[ring if ring.any() else known], 90))
    if noise > 6:
        return labels
    lab = cv2.cvtColor(pixels, cv2.COLOR_RGB2LAB)
    bins = lab // (256 // BINS + 1)
    share = colour_share(lab, inner)[bins[..., 0], bins[..., 1], bins[..., 2]].astype(np.float32)
    alike = cv2.GaussianBlur(share, (0, 0), 1.5) > 4e-3
    clear = max(5.0, 2.5 * noise)
    found = touching(_solid(near & alike & (off > clear), 0.012 * unit), cloth, 2.0, 4e-4 * unit**2)
    result = labels.copy()
    # The other way round: wall between an arm and the trunk that was taken for cloth of quite another colour.
    other = cv2.GaussianBlur(share, (0, 0), 1.5) < 2e-4
    result[_solid(cloth & other & (off < 0.6 * clear), 0.012 * unit)] = 0
    result[found] = int(np.bincount(labels[cloth]).argmax())
    return result


def _sorted_by_colour(labels: Array, lab: Array, points: Array, unit: float) -> NDArray[np.uint8]:
    """Labels with patches of the bottom that were taken for the top, and the other way round, given back."""
    names = ("upper", "coat"), ("pants", "skirt")
    upper, lower = (labelled(labels, group) for group in names)
    cores = _cores(upper, lower, points, unit)
    if min(core.sum() for core in cores) < 300:
        return labels
    shares = [colour_share(lab, core) for core in cores]
    if float(np.sqrt(shares[0] * shares[1]).sum()) > 0.72:
        return labels
    bins = lab // (256 // BINS + 1)
    score = np.log((shares[0] + 3e-4) / (shares[1] + 3e-4)).astype(np.float32)[bins[..., 0], bins[..., 1], bins[..., 2]]
    score = cv2.GaussianBlur(np.where(upper | lower, score, 0), (0, 0), 0.035 * unit)
    result = labels.copy()
    for wrong, right, names_right in (
        (upper & (score < -0.7), lower, names[1]),
        (lower & (score > 0.7), upper, names[0]),
    ):
        moved = touching(_solid(wrong, 0.02 * unit), right, 2.0, 2e-3 * unit**2)
        if moved.any():
            counts = [int((labels == LABEL[name]).sum()) for name in names_right]
            result[moved] = LABEL[names_right[int(np.argmax(counts))]]
    return result


def _cores(upper: Array, lower: Array, points: Array, unit: float) -> tuple[Array, Array]:
    """The middle of the chest and what is well below the waist: surely top, surely bottom."""
    shoulders = points[[KEYPOINT["left_shoulder"], KEYPOINT["right_shoulder"]], :2].mean(axis=0)
    _, trunk = figure_size(points)
    rows, columns = np.arange(upper.shape[0])[:, None] - shoulders[1], np.arange(upper.shape[1]) - shoulders[0]
    chest = (rows > 0.1 * trunk) & (rows < 0.65 * trunk) & (np.abs(columns) < 0.35 * unit)
    return _eroded(upper, 0.04 * unit) & chest, _eroded(lower, 0.04 * unit) & (rows > 0.95 * trunk)


def behind(pixels: Array, known: Array) -> Array:
    """(h,w,3) float32: a smooth background continued from where it is `known`, at a resolution of about 96 px."""
    height, width = known.shape
    scale = 96 / max(height, width)
    size = (max(8, round(width * scale)), max(8, round(height * scale)))
    weight = cv2.resize(known.astype(np.float32), size, interpolation=cv2.INTER_AREA)
    small = cv2.resize(pixels.astype(np.float32) * known[..., None], size, interpolation=cv2.INTER_AREA)
    small = np.clip(small / np.maximum(weight, 1e-3)[..., None], 0, 255).astype(np.uint8)
    painted = cv2.inpaint(small, (weight < 0.5).astype(np.uint8), 3, cv2.INPAINT_TELEA)
    result: Array = cv2.resize(painted.astype(np.float32), (width, height), interpolation=cv2.INTER_LINEAR)
    return result


def _exchanged(
    labels: Array, score: Array, strange: Array, upper: Array, ends: Array, unit: float
) -> NDArray[np.uint8]:
    """Labels with limbs that look like cloth made cloth, and cloth beside skin that looks like skin made skin.

    `score`: how much more a pixel's colour is skin than cloth; `strange`: its hue is not skin at all; `ends`: where
    collars and cuffs are looked for.
    """
    radius = max(1.0, 0.015 * unit)
    arms = labelled(labels, ("left_arm", "right_arm"))
    to_cloth = _solid(arms & (score < -1.2), radius)
    to_cloth |= _dilated(to_cloth, 3 * radius) & arms & (score < -0.3)
    # A cuff that was taken for a hand, or a collar for the neck, touches cloth.
    cuffs = touching(_solid(ends & ((score < -1.5) | strange), radius), upper | to_cloth, radius, 0.006 * unit**2)
    cuffs |= _dilated(cuffs, 4 * radius) & ends & ((score < 0) | strange)
    skin = (arms | labelled(labels, ("neck",))) & ~to_cloth
    near = _dilated(skin | labelled(labels, ("pants", "skirt")), 0.12 * unit)
    to_skin = _solid(upper & (score > 0.7) & near & ~_eroded(upper, 0.30 * unit) & ~strange, radius)
    legs = labelled(labels, ("left_leg", "right_leg")) & strange
    lower = labelled(labels, ("pants", "skirt"))
    below = touching(_solid(legs, radius), lower, radius, 0.01 * unit**2)
    result = labels.copy()
    if below.any():
        result[below] = (
            LABEL["skirt"] if (labels == LABEL["skirt"]).sum() > (labels == LABEL["pants"]).sum() else LABEL["pants"]
        )
    result[to_cloth | cuffs] = LABEL["upper"]
    result[to_skin] = LABEL["neck"]
    return result


def wrists(labels: Array, points: Array, skin: Array, unit: float) -> Array:
    """Boolean (h,w): what is labelled a hand but lies before or at the wrist of an arm that is in a sleeve."""
    found = np.zeros(labels.shape, bool)
    y, x = np.mgrid[0 : labels.shape[0], 0 : labels.shape[1]].astype(np.float32)
    for side in ("left", "right"):
        elbow, wrist = points[KEYPOINT[f"{side}_elbow"]], points[KEYPOINT[f"{side}_wrist"]]
        bare = labelled(labels, (f"{side}_arm",)) & skin
        if min(elbow[2], wrist[2]) < SEEN or bare.sum() > 0.10 * unit**2:
            continue
        way = wrist[:2] - elbow[:2]
        way = way / max(float(np.linalg.norm(way)), 1e-6)
        beyond = (x - wrist[0]) * way[0] + (y - wrist[1]) * way[1]
        found |= labelled(labels, (f"{side}_hand",)) & (beyond < 0.12 * unit)
    return found


def touching(mask: Array, other: Array, reach: float, least: float) -> Array:
    """The connected parts of `mask` of at least `least` px that come within `reach` px of `other`."""
    _, index, stats, _ = cv2.connectedComponentsWithStats(mask.astype(np.uint8))
    near = _dilated(other, reach)
    large = stats[:, cv2.CC_STAT_AREA] >= least
    kept: Array = np.isin(index, np.unique(index[mask & near])) & mask & large[index]
    return kept


def colour_share(lab: Array, mask: Array) -> Array:
    """Normalised histogram (BINS,BINS,BINS) of the colours under a mask, smoothed a little."""
    values = (lab[mask] // (256 // BINS + 1)).astype(np.intp)
    flat = (values[:, 0] * BINS + values[:, 1]) * BINS + values[:, 2]
    counts = np.bincount(flat, minlength=BINS**3).astype(np.float64).reshape(BINS, BINS, BINS)
    for axis in range(3):
        counts = (np.roll(counts, 1, axis) + 2 * counts + np.roll(counts, -1, axis)) / 4
    result: Array = counts / counts.sum()
    return result


def _disc(radius: float) -> Array:
    size = 2 * max(0, round(radius)) + 1
    kernel: Array = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size, size))
    return kernel


def _dilated(mask: Array, radius: float) -> Array:
    if radius < 5:
        return cv2.dilate(mask.astype(np.uint8), _disc(radius)) > 0
    return cv2.distanceTransform((~mask).astype(np.uint8), cv2.DIST_L2, 3) <= radius


def _eroded(mask: Array, radius: float) -> Array:
    if radius < 5:
        return cv2.erode(mask.astype(np.uint8), _disc(radius), borderValue=1) > 0
    return cv2.distanceTransform(mask.astype(np.uint8), cv2.DIST_L2, 3) > radius


def _solid(mask: Array, radius: float) -> Array:
    """Without specks: opened by a small disc, then grown back."""
    result: Array = _dilated(_eroded(mask, radius), 1.5 * radius) & mask
    return result
