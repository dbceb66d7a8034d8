"""Labels put right by the photo's own colours: cloth, skin and wall told apart where a label map is unsure."""

from __future__ import annotations

from dataclasses import replace
from functools import reduce

import cv2
import numpy as np
from numpy.typing import NDArray

from tryon.masking.areas import dilated, eroded, largest, length, solid, touching
from tryon.masking.colours import colour_odds, colour_share, of_hue, overlap, seen_in
from tryon.masking.cuffs import with_cuffs
from tryon.masking.edges import without_cloth_rims, without_limb_specks, without_mixed_rims
from tryon.masking.ends import with_shoes, with_throat
from tryon.masking.fingers import with_whole_fingers
from tryon.masking.gaps import wall_beside_arms, with_open_gaps, with_wall_at_arms, with_wall_beside_hands
from tryon.masking.hair import with_fine_hair, without_wall_under_hair
from tryon.masking.hands import with_fine_limbs
from tryon.masking.held import whole_bag, with_fine_bag, with_held
from tryon.masking.hems import with_fine_hem
from tryon.masking.legs import with_whole_trousers
from tryon.masking.maps import BODICES, SEEN, Array, labelled
from tryon.types import KEYPOINT, LABEL, Person

HEM = 0.15  # shoulder distances beside a top in which what is worn below it may be the top's
RIM = 0.03  # shoulder distances
WORK = 448  # px, longest side of the copy that colours are compared on
STEPS = (  # what the whole photo tells
    without_cloth_rims, with_fine_bag, with_fine_limbs, with_open_gaps, without_mixed_rims, with_wall_beside_hands,
    with_whole_fingers, with_fine_hem, with_fine_hair, without_wall_under_hair, with_wall_at_arms, without_limb_specks,
)  # fmt: skip


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


def settled(person: Person) -> Person:
    """The person with `corrected_labels` worked out and hands cut out, for mask, transfer and further garments."""
    labels, (unit, _) = corrected_labels(person), figure_size(person.keypoints)
    if unit > 0 and person.settled is None:
        pixels = person.photo.pixels
        for step in STEPS:
            labels = step(labels, pixels, unit)
    return replace(person, settled=labels)


def corrected_labels(person: Person) -> NDArray[np.uint8]:
    """Labels (h,w) with sleeves, cuffs and skin told apart by the photo's own colours.

    A label map is least sure where sleeves meet arms and necklines meet skin. There the photo knows better: the
    colours of face and neck are skin, those of the middle of the chest are cloth. Where the two resemble each other
    the labels stay as they are. Worked out on a copy of at most WORK px a side; only what changes is enlarged.
    """
    if person.settled is not None:
        return person.settled
    height, width = person.labels.shape
    scale = min(1.0, WORK / max(height, width))
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    pixels = cv2.resize(person.photo.pixels, size, interpolation=cv2.INTER_AREA)
    labels = cv2.resize(person.labels, size, interpolation=cv2.INTER_NEAREST)
    factor = np.array([size[0] / width, size[1] / height, 1], np.float32)
    points = person.keypoints * factor
    fixed = with_throat(_corrected(labels, pixels, points), points, figure_size(points)[0])
    large = cv2.resize(fixed, (width, height), interpolation=cv2.INTER_NEAREST)
    change = (fixed != labels).astype(np.uint8)
    changed = cv2.resize(change, (width, height), interpolation=cv2.INTER_NEAREST) > 0
    # Along its border the small map is of another opinion than the large one: there the neighbourhood decides.
    near = cv2.resize(cv2.dilate(change, np.ones((3, 3), np.uint8)), (width, height), interpolation=cv2.INTER_NEAREST)
    apart = person.labels != cv2.resize(labels, (width, height), interpolation=cv2.INTER_NEAREST)
    return np.where(changed | ((near > 0) & apart), large, person.labels).astype(np.uint8)


def _corrected(labels: NDArray[np.uint8], pixels: Array, points: Array) -> NDArray[np.uint8]:
    """The corrections one after the other."""
    unit, _ = figure_size(points)
    if unit <= 0:
        return labels
    lab = cv2.cvtColor(pixels, cv2.COLOR_RGB2LAB)
    labels = whole_bag(with_held(labels, points, unit), pixels, lab, unit)
    labels = with_cuffs(with_whole_trousers(labels, lab, unit), lab, unit)
    labels = _with_missed(labels, pixels, lab, unit)
    labels = _sorted_by_colour(labels, lab, points, unit)
    labels = _bottom_restored(labels, lab, points, unit)
    labels = with_shoes(labels, lab, points, unit)
    upper, neck = labelled(labels, BODICES), labelled(labels, ("neck",))
    bare = eroded(labelled(labels, ("face",)) | neck, 0.03 * unit)
    chest = eroded(upper, 0.10 * unit)
    if bare.sum() < 60 or chest.sum() < 200:
        return labels
    skin, cloth = colour_share(lab, bare), colour_share(lab, chest)
    if overlap(skin, cloth) > 0.35:
        return labels
    off = lab.astype(np.float32) - np.median(lab[bare], axis=0).astype(np.float32)
    # The skin of arms and hands counts where its hue agrees: it lies in another light than the face.
    limbs = eroded(labelled(labels, ("left_arm", "right_arm", "left_hand", "right_hand")), 0.03 * unit)
    skin = colour_share(lab, bare | (limbs & (np.hypot(off[..., 1], off[..., 2]) < 9)))
    off[..., 0] = 0.2 * np.maximum(off[..., 0] - 45, 0)  # skin may lie in shade or sun; white cloth is brighter still
    strange = length(off)
    score = colour_odds(lab, skin, cloth, 1e-4)
    # Sunlit skin may be of no colour seen elsewhere, but its hue is skin's and the cloth has no such colour.
    tint = 9 + 0.3 * off[..., 0]
    hue = (np.hypot(off[..., 1], off[..., 2]) < tint) & (seen_in(lab, cloth) < 3e-4)
    score = np.where(hue, np.maximum(score, 1.5), score)
    score = cv2.GaussianBlur(score, (0, 0), max(1.0, 0.012 * unit))
    strange = cv2.GaussianBlur(strange, (0, 0), max(1.0, 0.012 * unit)) > 13
    cuffs = wrists(labels, points, score > -1.2, unit)
    hands = eroded(labelled(labels, ("left_hand", "right_hand")) & ~cuffs, 0.02 * unit)
    if cuffs.any() and hands.sum() > 60:  # hands are in their own light: what is of their colours is no cuff
        cuffs &= ~(cv2.GaussianBlur(colour_odds(lab, colour_share(lab, hands), cloth, 1e-4), (0, 0), 1.0) > 0)
    ends = labelled(labels, ("neck",)) | cuffs
    return _exchanged(labels, score, strange, upper, ends, unit)


def _with_missed(labels: Array, pixels: Array, lab: Array, unit: float) -> NDArray[np.uint8]:
    """Labels with cloth that was taken for a plain background: beside the garment, of its colours, and not behind it.

    White shirts before pale walls lose a sleeve otherwise. What is behind is continued from further away; where it is
    too busy for that, colours alone tell.
    """
    cloth, person = labelled(labels, BODICES), labels > 0
    inner = eroded(cloth, 0.05 * unit)
    near = dilated(cloth, 0.25 * unit) & ~person
    known = ~dilated(person, 0.15 * unit)
    if not inner.any() or not near.any() or known.mean() < 0.05:
        return labels
    unlike = pixels.astype(np.float32) - behind(pixels, known)
    off = cv2.GaussianBlur(largest(np.abs(unlike)), (0, 0), 1.2)
    ring = known & dilated(near, 0.3 * unit)
    noise = float(np.percentile(off[ring if ring.any() else known], 90))
    if noise > 6:
        return _with_edges(labels, lab, inner, ring, unit)
    share = seen_in(lab, colour_share(lab, inner)).astype(np.float32)
    alike = cv2.GaussianBlur(share, (0, 0), 1.5) > 4e-3
    clear = max(6.0, 3.0 * noise)
    # A sleeve, not the fringe that every edge has.
    strong = near & alike & (off > clear)
    # Around what is clearly cloth also what is hardly so, where it is brighter than the wall: that is no shadow.
    bright = cv2.GaussianBlur(reduce(cv2.min, cv2.split(unlike)), (0, 0), 1.2) > max(2.5, 3.0 * noise)
    strong |= touching(strong | (near & alike & bright), strong, 1.0, 0)
    found = touching(solid(strong, max(1.5, 0.016 * unit)), cloth, 3.0, 2e-3 * unit**2)
    if found.any():  # without the notches that faint places leave in it
        closed = ~dilated(~dilated(found | cloth, 0.06 * unit), 0.06 * unit)
        found |= closed & dilated(found, 0.08 * unit) & near
    result = labels.copy()
    # The other way round: wall between an arm and the trunk that was taken for cloth or skin of quite another colour.
    other = cv2.GaussianBlur(share, (0, 0), 1.5) < 2e-4
    wall = cloth & other & (off < 0.6 * clear)
    result[solid(wall, 0.012 * unit)] = 0
    result[_wall_at_arms(labels, lab, off < 2 * clear, unit)] = 0
    result[found] = int(np.bincount(labels[cloth]).argmax())
    result[wall_beside_arms(result, pixels, off, known, unit)] = 0
    return result


def _with_edges(labels: Array, lab: Array, inner: Array, ring: Array, unit: float) -> NDArray[np.uint8]:
    """Labels with strips of a top that were taken for the busy scene beside it, by colours that the scene lacks."""
    cloth = labelled(labels, BODICES)
    near = dilated(cloth, 0.12 * unit) & (labels == 0)
    if ring.sum() < 200:
        return labels
    own, scene = colour_share(lab, inner), colour_share(lab, ring)
    if overlap(own, scene) > 0.5:
        return labels
    score = cv2.GaussianBlur(colour_odds(lab, own, scene, 3e-4), (0, 0), 1.0)
    found = touching(solid(near & (score > 1.5), max(1.0, 0.01 * unit)), cloth, 2.0, 2e-3 * unit**2)
    closed = ~dilated(~dilated(found | cloth, 0.05 * unit), 0.05 * unit)
    result = labels.copy()
    result[found | (closed & near)] = int(np.bincount(labels[cloth]).argmax())
    return result


def _wall_at_arms(labels: Array, lab: Array, wall: Array, unit: float) -> Array:
    """Boolean (h,w): what is labelled an arm but has not the hue of skin, and is about as light as the `wall` (h,w)
    bool: between arm and trunk it is lit otherwise than around the figure."""
    bare = eroded(labelled(labels, ("face", "neck")), 0.03 * unit)
    arms = labelled(labels, ("left_arm", "right_arm"))
    if bare.sum() < 60 or not (arms & wall).any():
        return np.zeros(labels.shape, bool)
    off = np.abs(lab[..., 1:].astype(np.float32) - np.median(lab[bare][:, 1:], axis=0)).max(axis=2)
    sure = solid(arms & wall & (cv2.GaussianBlur(off, (0, 0), 1.0) > 8), 0.012 * unit)
    found = touching(arms & wall & (off > 6), sure, 1.0, 0)
    return found | (dilated(found, 1.5) & arms & (off > 5))


def _sorted_by_colour(labels: Array, lab: Array, points: Array, unit: float) -> NDArray[np.uint8]:
    """Labels with patches of the bottom that were taken for the top, and the other way round, given back."""
    names = ("upper", "coat"), ("pants", "skirt")
    upper, lower = (labelled(labels, group) for group in names)
    cores = _cores(upper, lower, points, unit)
    if min(core.sum() for core in cores) < 300:
        return labels
    shares = [colour_share(lab, core) for core in cores]
    if overlap(shares[0], shares[1]) > 0.72:
        return labels
    score = colour_odds(lab, shares[0], shares[1], 3e-4)
    score = cv2.GaussianBlur(np.where(upper | lower, score, 0), (0, 0), 0.035 * unit)
    result = labels.copy()
    for wrong, right, names_right in (
        (upper & (score < -0.7), lower, names[1]),
        (lower & (score > 0.7), upper, names[0]),
    ):
        moved = touching(solid(wrong, 0.02 * unit), right, 2.0, 2e-3 * unit**2)
        own, other = (cores[1], cores[0]) if right is lower else (cores[0], cores[1])
        moved = of_hue(moved, lab, own, other)
        if moved.any():  # with the rim that the lens mixed with the wall
            rest = (lower if right is upper else upper) & ~moved
            wide = solid(rest | labelled(labels, ("left_leg", "right_leg")), RIM * unit)
            moved |= touching(rest & ~wide, moved, 2.0, 0)
            counts = [int((labels == LABEL[name]).sum()) for name in names_right]
            result[moved] = LABEL[names_right[int(np.argmax(counts))]]
    return result


def _bottom_restored(labels: Array, lab: Array, points: Array, unit: float) -> NDArray[np.uint8]:
    """Labels with what was taken for skin at hands and waist but has the bottom's colour given back to it."""
    lower = labelled(labels, ("pants", "skirt"))
    _, trunk = figure_size(points)
    shoulders = points[[KEYPOINT["left_shoulder"], KEYPOINT["right_shoulder"]], 1].mean()
    low = np.arange(labels.shape[0])[:, None] > shoulders + 0.55 * trunk
    neck = labelled(labels, ("neck",))
    hands = labelled(labels, ("left_hand", "right_hand")) | (neck & low)
    bare = labelled(labels, ("face", "left_arm", "right_arm")) | (neck & ~low)
    cloth = eroded(lower, 0.06 * unit)
    if bare.sum() < 60 or cloth.sum() < 200 or not hands.any():
        return labels
    skin, own = colour_share(lab, bare), colour_share(lab, cloth)
    if overlap(skin, own) > 0.4:
        return labels
    score = cv2.GaussianBlur(colour_odds(lab, skin, own, 1e-4), (0, 0), 0.8)
    wrong = solid(hands & (score < -1.0), 1.0)
    arms = labelled(labels, ("left_arm", "right_arm"))
    wrong |= (hands | arms) & dilated(lower, 2.0) & (score < -1.0)  # rims
    moved = touching(wrong, lower, 2.0, 0)
    result = labels.copy()
    if moved.any():
        result[moved] = int(np.bincount(labels[lower]).argmax())
    return result


def _cores(upper: Array, lower: Array, points: Array, unit: float) -> tuple[Array, Array]:
    """The middle of the chest and what is well below the waist: surely top, surely bottom."""
    shoulders = points[[KEYPOINT["left_shoulder"], KEYPOINT["right_shoulder"]], :2].mean(axis=0)
    _, trunk = figure_size(points)
    rows, columns = np.arange(upper.shape[0])[:, None] - shoulders[1], np.arange(upper.shape[1]) - shoulders[0]
    chest = (rows > 0.1 * trunk) & (rows < 0.65 * trunk) & (np.abs(columns) < 0.35 * unit)
    bottom = eroded(lower, 0.04 * unit) & (rows > 0.95 * trunk)
    clear = bottom & ~dilated(upper, HEM * unit)  # a long top's corners are taken for trousers often
    return eroded(upper, 0.04 * unit) & chest, clear if clear.sum() > 0.5 * bottom.sum() else bottom


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
    to_cloth = solid(arms & (score < -1.2), radius)
    to_cloth |= dilated(to_cloth, 3 * radius) & arms & (score < -0.3)
    # A cuff that was taken for a hand, or a collar for the neck, touches cloth.
    cuffs = touching(solid(ends & ((score < -1.5) | strange), radius), upper | to_cloth, radius, 0.006 * unit**2)
    cuffs |= dilated(cuffs, 4 * radius) & ends & ((score < 0) | strange)
    skin = (arms | labelled(labels, ("neck",))) & ~to_cloth
    near = dilated(skin | labelled(labels, ("pants", "skirt")), 0.12 * unit)
    to_skin = solid(upper & (score > 0.7) & near & ~eroded(upper, 0.30 * unit) & ~strange, radius)
    # Rims and specks of a sleeve that are neither cloth nor clearly skin go with the cloth around them.
    limbs = arms | ends
    clear = dilated(solid(limbs & (score > 0.5) & ~strange, radius), 2 * radius)
    cuffs |= limbs & ~clear & dilated(to_cloth | cuffs, 3 * radius)
    legs = labelled(labels, ("left_leg", "right_leg")) & strange
    lower = labelled(labels, ("pants", "skirt"))
    below = touching(solid(legs, radius), lower, radius, 0.01 * unit**2)
    result = labels.copy()
    if below.any():
        result[below] = (
            LABEL["skirt"] if (labels == LABEL["skirt"]).sum() > (labels == LABEL["pants"]).sum() else LABEL["pants"]
        )
    result[to_cloth | cuffs] = LABEL["upper"]
    result[to_skin] = LABEL["neck"]
    return _without_specks(result, unit)


def _without_specks(labels: NDArray[np.uint8], unit: float) -> NDArray[np.uint8]:
    """Labels with specks of hands and arms inside clothes given to the clothes."""
    limbs = labelled(labels, ("left_hand", "right_hand", "left_arm", "right_arm"))
    _, index, stats, _ = cv2.connectedComponentsWithStats(limbs.astype(np.uint8))
    specks = limbs & (stats[:, cv2.CC_STAT_AREA] < 0.02 * unit**2)[index]
    inside = specks & dilated(labelled(labels, ("upper", "coat", "dress")), 2.0)
    result = labels.copy()
    if inside.any():
        names = ("upper", "coat", "dress")
        result[specks] = LABEL[max(names, key=lambda name: int((labels == LABEL[name]).sum()))]
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
