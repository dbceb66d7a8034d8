"""What is seen through gaps that labels filled: between and beside fingers, and between arms and the trunk."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import cv2
import numpy as np
from numpy.typing import NDArray

from tryon.masking.areas import bounds, dilated, eroded, hands_around, largest, touching
from tryon.masking.maps import CLOTH, Array, labelled
from tryon.types import LABEL

SCALE = 150  # px between the shoulders of the copy that hands are cut out on
ROOM = 0.06  # shoulder distances around a hand that are looked at
LOOSE = 0.04  # shoulder distances beyond its label in which a limb may go on
SURE = 0.02  # shoulder distances inside its label that an arm is surely one
LEGS = ("left_leg", "right_leg")
NEAR_LEG = 0.06  # shoulder distances from a leg's label in which a hand's may be the leg
DARK = 0.5  # of a limb's median light, below which it may be a gap in the shadow of the fingers
ROUNDS = 2
SLENDER = 0.006  # shoulder distances: half the width of what is no crease and no rim
TAIL = 0.06  # shoulder distances from there in which slender ends and the rim count as well
SMALL = 1e-3  # squared shoulder distances: less than a gap between fingers that is seen
MOST = 0.4  # share of a hand that is not lost
BEHIND = (*CLOTH, "background", "bag", *LEGS)
LEAST = 30  # pixels that tell colours
SAMPLES = 200  # pixels of what is behind that its colours are known from
ARMS = ("left_arm", "right_arm", "left_hand", "right_hand")
BESIDE = 0.25  # shoulder distances from an arm in which wall may be seen between it and the trunk
WALL = 10.0  # 8-bit levels that it may differ there from a smooth one continued from farther away
MIXED = 2.5  # times as much where the lens mixed it with cloth
STRIP = 0.05  # shoulder distances: so wide are strips of wall along an arm that labels have for it
FEW = 4  # px between the places at which the wall's colour beside an arm is gathered
APART = 2.5  # times as much as that skin differs from a wall that is told from it
EVEN = 2.0  # 8-bit levels, standard deviation of its noise at the most, or half as much again as it has elsewhere
OPEN = 4e-3  # squared shoulder distances: less than such a gap
STEP = 10.0  # 8-bit levels at its edge: shaded white cloth may have the wall's colour, but passes over into its own
AROUND = 0.25  # shoulder distances around a hand in which wall is looked for that is seen beside it
AWAY = 0.03  # shoulder distances from the figure: there all is wall
PLAIN = 6.0  # 8-bit levels that nearly all of a plain wall differs there
CLOSE = 5  # percentile of their distances that counts as its own


def with_open_gaps(labels: NDArray[np.uint8], pixels: Array, unit: float) -> NDArray[np.uint8]:
    """Labels (h,w) whose hands have no cloth, wall or leg between or beside their fingers, as the photo `pixels`
    (h,w,3) uint8 shows them; `unit` is the shoulder distance, px.

    A hand over a thigh has the leg's hue, and what is seen between fingers lies in their shadow: neither colours nor
    edges alone tell it, both together do (Rother, Kolmogorov, Blake, "GrabCut", 2004).
    """
    result = labels.copy()
    sides = ("left", "right")
    hands = {side: labelled(labels, (f"{side}_hand",)) for side in sides}
    windows = {side: bounds(hand, round(ROOM * unit)) for side, hand in hands.items() if hand.sum() > 0.01 * unit**2}
    with ThreadPoolExecutor(2) as pool:  # OpenCV lets two threads work at once
        for done in [pool.submit(_opened, result[w], pixels[w], side, unit) for side, w in windows.items()]:
            done.result()
    return result


def _opened(labels: NDArray[np.uint8], pixels: Array, side: str, unit: float) -> None:
    """Works on a window of the labels in place, on pixels of one hand alone."""
    step = max(1, round(unit / SCALE))
    few, size = labels[::step, ::step], labels.shape[1::-1]
    small = cv2.resize(pixels, few.shape[::-1], interpolation=cv2.INTER_AREA)
    given = _given(few, cv2.cvtColor(small, cv2.COLOR_RGB2LAB), side, unit / step)
    if not given.any():
        return
    lost = cv2.resize((given > 0).astype(np.float32), size, interpolation=cv2.INTER_LINEAR) > 0.5
    rest = labelled(labels, (f"{side}_hand", f"{side}_arm")) & ~lost
    threads = rest & ~dilated(eroded(rest, step), step)  # along its edge, thinner than the small copy tells
    lost |= threads & dilated(lost, 2 * step)
    around = cv2.resize(cv2.dilate(given, np.ones((5, 5))), size, interpolation=cv2.INTER_NEAREST)
    lost &= labelled(labels, (f"{side}_hand",)) & (around > 0)
    labels[lost] = around[lost] - 1


def _given(labels: Array, lab: Array, side: str, unit: float) -> NDArray[np.uint8]:
    """(h,w) one more than the label of what is seen where a hand's label covers it in the picture `lab` (h,w,3) uint8;
    0 elsewhere."""
    hand, given = labelled(labels, (f"{side}_hand",)), np.zeros(labels.shape, np.uint8)
    lost = hand & ~_cut_out(labels, lab, side, unit)
    lost &= dilated(eroded(lost, max(1.0, SLENDER * unit)), TAIL * unit)
    if lost.sum() > MOST * hand.sum():
        return given
    count, index, stats, _ = cv2.connectedComponentsWithStats(lost.astype(np.uint8))
    for k in range(1, count):
        if stats[k, cv2.CC_STAT_AREA] >= SMALL * unit**2:
            behind = _behind(labels, lab, index == k, hand & ~lost)
            given[index == k] = 0 if behind is None else behind + 1
    return given


def _cut_out(labels: Array, lab: Array, side: str, unit: float) -> Array:
    """Boolean (h,w): the limb of a side as it is cut out of the picture `lab` (h,w,3) uint8."""
    arm, limb = labelled(labels, (f"{side}_arm",)), labelled(labels, (f"{side}_arm", f"{side}_hand"))
    marks = np.where(limb, cv2.GC_PR_FGD, cv2.GC_PR_BGD).astype(np.uint8)
    marks[~dilated(limb, LOOSE * unit)] = cv2.GC_BGD
    dark = lab[..., 0] < DARK * float(np.median(lab[..., 0][limb]))
    marks[limb & (dark | dilated(labelled(labels, LEGS), NEAR_LEG * unit))] = cv2.GC_PR_BGD
    marks[eroded(limb, SURE * unit) & arm] = cv2.GC_FGD
    if min((marks == cv2.GC_BGD).sum(), limb.sum()) < LEAST:
        return limb
    cv2.setRNGSeed(0)
    cv2.grabCut(lab, marks, None, np.zeros((1, 65)), np.zeros((1, 65)), ROUNDS, cv2.GC_INIT_WITH_MASK)
    result: Array = (marks & 1) > 0  # GC_FGD and GC_PR_FGD
    return result


def _behind(labels: Array, lab: Array, part: Array, own: Array) -> int | None:
    """The label around a hand that has the colour of a `part` (h,w) bool of it the most; None where the rest of the
    hand, `own` (h,w) bool, has it more."""
    colour = np.median(lab[part], axis=0).astype(np.float32)
    found, least = None, _distance(lab[own], colour)
    for name in BEHIND:
        off = _distance(lab[labelled(labels, (name,))], colour)
        if off < least:
            found, least = LABEL[name], off
    return found


def _distance(colours: Array, colour: Array) -> float:
    """How far a `colour` (3,) lies from those nearest to it of `colours` (n,3); infinite from few of them."""
    if len(colours) < LEAST:
        return np.inf
    some = colours[:: max(1, len(colours) // SAMPLES)].astype(np.float32)
    return float(np.percentile(np.linalg.norm(some - colour, axis=1), CLOSE))


def with_wall_beside_hands(labels: NDArray[np.uint8], pixels: Array, unit: float) -> NDArray[np.uint8]:
    """Labels (h,w) whose cloth ends where a plain wall is seen between it and a hand in the photo `pixels` (h,w,3)
    uint8: gaps too narrow for a small copy. `unit` is the shoulder distance, px."""
    result = labels.copy()
    for _, _, window in hands_around(labels, unit, AROUND):
        wall = ~dilated(labels[window] > 0, AWAY * unit)
        if wall.sum() < LEAST:
            continue
        near = pixels[window]
        some = near[wall][:: max(1, int(wall.sum()) // SAMPLES)].astype(np.float32)
        colour = np.median(some, axis=0)
        if float(np.percentile(np.abs(some - colour).max(axis=1), 90)) < PLAIN:
            off = largest(np.abs(near - colour))
            if (labelled(labels[window], CLOTH) & (off < WALL)).sum() < OPEN * unit**2:
                continue
            found = wall_beside_arms(labels[window], near, off, wall, unit)
            # What goes on out of there is cloth of the wall's colour.
            count, index = cv2.connectedComponents(found.astype(np.uint8))
            rim = np.concatenate([index[0], index[-1], index[:, 0], index[:, -1]])
            result[window][found & (np.bincount(rim, minlength=count) == 0)[index]] = 0
    return result


def with_wall_at_arms(labels: NDArray[np.uint8], pixels: Array, unit: float) -> NDArray[np.uint8]:
    """Labels (h,w) whose arms end where the wall beside them begins in the photo `pixels` (h,w,3) uint8: strips of it
    along an arm would stay before what is worn. `unit` is the shoulder distance, px."""
    result = labels.copy()
    for name in ("left_arm", "right_arm"):
        arm = labelled(labels, (name,))
        if arm.sum() < OPEN * unit**2:
            continue
        window, reach = bounds(arm, round(2 * STRIP * unit)), STRIP * unit / FEW
        own, near, wall = arm[window], pixels[window], labels[window] == 0
        few = tuple(plane[::FEW, ::FEW] for plane in (own, near, wall))
        firm, core = eroded(few[2], 1), eroded(few[0], reach)
        if min(firm.sum(), core.sum()) < LEAST:
            continue
        skin, ground = (np.median(few[1][part], axis=0) for part in (core, firm))
        if np.abs(skin - ground).max() < APART * WALL:
            continue
        size = (2 * round(2 * reach) + 1,) * 2
        weight = cv2.blur(firm.astype(np.float32), size)[..., None]
        mean = cv2.blur(few[1] * firm[..., None].astype(np.float32), size) / np.maximum(weight, 1e-3)
        colour = np.where(weight > 1e-3, mean, 255 - skin).astype(np.uint8)  # skin's opposite: none of it is there
        there = cv2.resize(colour, own.shape[::-1], interpolation=cv2.INTER_LINEAR)
        found = touching(own & (largest(cv2.absdiff(near, there)) < WALL), wall, 1.5, 0)
        result[window][found] = 0
    return result


def wall_beside_arms(labels: Array, pixels: Array, off: Array, known: Array, unit: float) -> Array:
    """Boolean (h,w): wall between an arm and the trunk that is labelled cloth, with its rims.

    `pixels` (h,w,3) uint8 is the photo, `off` (h,w) by how many 8-bit levels it differs from a plain wall, which is
    `known` (h,w) bool elsewhere; `unit` is the shoulder distance, px.
    """
    grey = cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY).astype(np.float32)
    rough = np.sqrt(np.maximum(cv2.blur(grey * grey, (5, 5)) - cv2.blur(grey, (5, 5)) ** 2, 0))
    cloth, arms = labelled(labels, CLOTH), labelled(labels, ARMS)
    like = cloth & dilated(arms, BESIDE * unit) & (off < WALL)
    even = like & (rough < max(EVEN, 1.5 * float(np.percentile(rough[known], 95))))
    parts = touching(dilated(even, 3) & like, arms, 4.0, OPEN * unit**2)
    count, index = cv2.connectedComponents(parts.astype(np.uint8))
    found = np.zeros(labels.shape, bool)
    for k in range(1, count):
        window = bounds(index == k, 16)
        part = index[window] == k
        here = cv2.blur(pixels[window].astype(np.float32) * part[..., None], (15, 15))
        here /= np.maximum(cv2.blur(part.astype(np.float32), (15, 15)), 1e-3)[..., None]
        edge = cloth[window] & dilated(part, 5) & ~dilated(part, 3)
        steps = largest(np.abs(pixels[window] - here))[edge]
        if steps.size and np.percentile(steps, 25) > STEP:
            found[window] |= part
    if not found.any():
        return found
    found |= dilated(found, 4) & arms & (off < WALL)
    found |= dilated(found, 1.5) & cloth & (off < MIXED * WALL)
    left = cloth & ~found  # between arm and wall, of both
    return found | (left & ~dilated(eroded(left, 2), 3) & dilated(found, 4) & dilated(arms, 4))
