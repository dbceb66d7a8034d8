"""What the skin that is seen tells of the rest: its tone, how hard the light shades it, how red its shades are.

The numbers are medians of ten people with bare arms in catalogue photos, pale to dark.
"""

from __future__ import annotations

import cv2
import numpy as np

from tryon.transfer.warping.arrays import Array, grow, ramp, shrink
from tryon.transfer.warping.reading import Regions

TINT = np.array([0.64, 1.0, 1.20], np.float32)  # skin's shades are redder than its lights: light goes through it
TINTS = (np.array([0.5, 1.0, 1.0], np.float32), np.array([1.0, 1.0, 1.9], np.float32))  # least and most of it
# By how much, in Lab, an arm is lighter, less red and yellower than other skin of the same person.
ARM_BESIDE = {
    "hands": np.array([4.0, -1.6, 1.5], np.float32),
    "face": np.array([4.4, -0.5, 1.7], np.float32),
    "skin": np.array([0.0, 0.0, 0.0], np.float32),
    "chest": np.array([-2.5, 1.0, -0.5], np.float32),
}
# Square shoulder distances of bare skin from which on a chest tells, and from which on as much as it can, against hands
# and face, which are redder and more often in shade: eight people's arms are as their chests to 3 of L, 2 of a and b.
CHEST = (0.10, 0.25)
CHEST_TELLS = 4.0
ASIDE = 1.0  # how much of the light from the side that a face shows falls on the body, as a rule
ASIDE_COVERED = 0.6  # the same where no limb is seen
SLEEVE_SIDES = (-0.25, -0.125, 0.0, 0.125, 0.25)  # shares of light from the right of which a sleeve tells one
DARKEST = 0.2  # least light on the figure's relief
GREY = np.array([0.299, 0.587, 0.114], np.float32)
# How hard a photo's light shades, against that of one lamp; ten people have 0.40 to 1.33, this in the middle.
USUAL = 0.78
HARDNESS = (0.4, 1.4)  # least and most of it


def shaded_skin(skin: Array, light: Array) -> Array:
    """(h,w,3) `skin` (h,w,3) in the light (h,w) about 1 that fell on the cloth over it: its shade is red, not grey."""
    return skin * (1 + (light[..., None] - 1) * TINT)


def tone_of(even: Array, regions: Regions, weight: Array, unit: float) -> Array:
    """(3,) the person's tone: the hue of face and neck, the brightness of the limbs that share it."""
    face = shrink(regions.face & ~grow(regions.hair, 0.05 * unit), 0.04 * unit)
    sure = even[face] if face.sum() > 50 else even[weight > 0.4] if (weight > 0.4).any() else even[weight > 0]
    lab = _lab(sure)
    hue = np.median(lab, axis=0)
    limbs = _lab(even[weight > 0.4]) if (weight > 0.4).any() else lab
    own = np.median(limbs, axis=0)
    if np.linalg.norm((own - hue)[1:]) < 14:  # lips and make-up colour a face; arms that agree with it speak first
        hue = own
    like = limbs[np.linalg.norm((limbs - hue) * np.array([0.35, 1.0, 1.0]), axis=1) < 12]
    if len(like) < 50:
        like = lab
    tone = np.array([np.percentile(like[:, 0], 55), *np.median(like[:, 1:], axis=0)], np.float32)
    if (regions.skin & regions.arms).sum() < 0.05 * unit * unit:
        tone = covered_arms(even, regions, face, unit, tone)
    result: Array = cv2.cvtColor(tone[None, None], cv2.COLOR_LAB2RGB)[0, 0] * 255
    return result


def covered_arms(even: Array, regions: Regions, face: Array, unit: float, usual: Array) -> Array:
    """(3,) Lab of arms none of which is seen: what hands, face and neck tell of them, `usual` (3,) where none does.

    Hands alone are too red for the whole body, a neck and a chest, which face the light, too pale for the arms.
    """
    parts = {"hands": shrink(regions.hands, 0.03 * unit), "face": face, "skin": shrink(regions.skin, 0.012 * unit)}
    told = {name: np.median(_lab(even[part]), axis=0) for name, part in parts.items() if part.sum() > 50}
    if not told:
        return usual
    arms = {name: lab + ARM_BESIDE[name] for name, lab in told.items()}
    shaded = [lab[0] for name, lab in arms.items() if name != "skin" or len(arms) == 1]
    usual = np.array([np.mean(shaded), *np.mean(list(arms.values()), axis=0)[1:]], np.float32)
    weight = CHEST_TELLS * float(ramp(np.array(parts["skin"].sum() / unit**2), *CHEST)) / len(arms)
    return usual if weight == 0 else (usual + weight * (told["skin"] + ARM_BESIDE["chest"])) / np.float32(1 + weight)


def sleeve_side(cloth: Array, front: Array, aside: Array) -> float:
    """-0.5..0.5: how much of the light falls on an arm from the right, as its sleeve tells: `cloth` (n,) logarithms of
    the light on that, `front` and `aside` (n,) light on the arm in it."""
    own = cloth - cloth.mean()
    told = []
    for share in SLEEVE_SIDES:
        shaded = np.log(np.maximum(front + share * aside, DARKEST))
        shaded -= shaded.mean()
        told.append(float(shaded @ own) / max(float(np.sqrt(shaded @ shaded)), 1e-6))
    best = int(np.argmax(told))
    return SLEEVE_SIDES[best] if told[best] > 0 else 0.0


def _lab(colours: Array) -> Array:
    """(n,3) RGB 0..255 -> CIE Lab."""
    result: Array = cv2.cvtColor(np.clip(colours[None] / 255, 0, 1).astype(np.float32), cv2.COLOR_RGB2LAB)[0]
    return result


def seen_light(colours: Array, front: Array, aside: Array) -> tuple[float, float, Array]:
    """How light falls on limbs that are seen: the share of the light from the side, 0..1, how hard it shades, and (3,)
    how red its shades are. `colours` (n,3) logarithms of the limbs' colours, `front` and `aside` (n,) light on them."""
    own = colours @ GREY
    own = own - own.mean()
    best, explained = (ASIDE, USUAL), 0.0
    for share in (0.0, 0.25, 0.5, 0.75, 1.0):
        shaded = np.log(np.maximum(front + share * aside, DARKEST))
        shaded -= shaded.mean()
        both, power = float(shaded @ own), max(float(shaded @ shaded), 1e-6)
        if both > 0 and both**2 / power > explained:
            explained = both**2 / power
            # Forms that lie a little beside the real ones explain too little of the light, and so shade too softly.
            fit = max(explained / max(float(own @ own), 1e-6), 0.05)
            best = (share, float(np.clip(both / power / fit**0.25, *HARDNESS)))
    usual = np.abs(own - np.median(own)) < 0.5  # neither glints nor what is not skin
    slopes = (own[usual] - own[usual].mean()) @ colours[usual]
    redness = np.clip(slopes / slopes[1], *TINTS) if slopes[1] > 0 else TINT
    return *best, (TINT + redness) / 2
