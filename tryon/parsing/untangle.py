"""Joints that were given to the other side of the body, two ankles found in one foot, a shoulder lost behind an arm."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tryon.types import KEYPOINT, LABEL, Floats

SEEN = 0.12
SURE = 0.3  # least score of the joints that a limb is moved for
MUCH = 1.4  # how many times longer both upper arms or thighs are than when exchanged, for a limb to move
ONE_PLACE = 0.35  # of the distance between the knees: ankles nearer to each other than that are one and the same
FACELESS = 0.15  # share of the face in face and hair below which somebody is seen from behind
DOUBTFUL = 0.5  # score below which a joint may lie elsewhere
SLIPPED = 1.5  # half shoulder widths that a doubtful shoulder may be from where the other and the neck place it
UNEVEN = 2.5  # how many times longer a forearm may be than its upper arm, and the other way round
NARROW = 0.3  # of the trunk: shoulders nearer to each other than that are seen from the side
CHAINS = (("shoulder", "elbow", "wrist"), ("hip", "knee", "ankle"))


def untangled(points: Floats) -> Floats:
    """(18, 3) key points with limbs on their own side; of two ankles in one foot the unlikely one has score 0.

    Wrists cross and ankles may, but two upper arms or two thighs that both lead across the body are a mix-up: of the
    elbow or the knee, and where those lay far off, of the whole limb if the wrist or the ankle is nearer then.
    """
    result = points.copy()
    for root, middle, end in CHAINS:
        if _least(result, root, middle) >= SURE and _stretch(result, root, middle) > MUCH:
            _exchange(result, middle)
            if _stretch(result, middle, end) > 1:
                _exchange(result, end)
        elif _least(result, root, middle) >= SEEN and _crossed(result, root, middle):
            _exchange(result, middle)
    _one_foot(result)
    for side, other in (("left", "right"), ("right", "left")):
        _slipped_shoulder(result, side, other)
    return result


def without_loose_ends(points: Floats) -> Floats:
    """(18, 3) key points in which a doubtful wrist or ankle whose elbow or knee is not in the picture has score 0."""
    result = points.copy()
    for _, middle, end in CHAINS:
        for joint, last in zip(_pair(middle), _pair(end), strict=True):
            if result[joint, 2] < SEEN and result[last, 2] < DOUBTFUL:
                result[last, 2] = 0
    return result


def sides_unclear(labels: NDArray[np.uint8], points: Floats) -> bool:
    """Whether left and right may be exchanged: a figure that seems to face us but shows no face, or a side view.

    `labels` (h, w) and `points` (18, 3) in its pixels. On renders half of all backs were read as fronts.
    """
    if _least(points, "shoulder") < SEEN:
        return False
    left, right = points[_pair("shoulder"), :2]
    if _least(points, "hip") >= SEEN:
        trunk = np.linalg.norm((points[_pair("hip"), :2].sum(axis=0) - left - right) / 2)
        if np.linalg.norm(left - right) < NARROW * trunk:
            return True
    face, hair = (int((labels == LABEL[name]).sum()) for name in ("face", "hair"))
    head = float(points[KEYPOINT["nose"], 2]) >= 0.5 and hair > 0
    return bool(head and face < FACELESS * (face + hair) and right[0] < left[0])


def _pair(joint: str) -> list[int]:
    return [KEYPOINT[f"left_{joint}"], KEYPOINT[f"right_{joint}"]]


def _exchange(points: Floats, joint: str) -> None:
    pair = _pair(joint)
    points[pair] = points[pair[::-1]]


def _least(points: Floats, *joints: str) -> float:
    """The lowest score among both sides' joints."""
    return min(float(points[_pair(joint), 2].min()) for joint in joints)


def _stretch(points: Floats, root: str, middle: str) -> float:
    """How many times longer the two bones are than if their ends were exchanged."""
    roots, ends = points[_pair(root), :2], points[_pair(middle), :2]
    own = float(np.linalg.norm(ends - roots, axis=1).sum())
    return own / max(float(np.linalg.norm(ends[::-1] - roots, axis=1).sum()), 1e-6)


def _crossed(points: Floats, root: str, middle: str) -> bool:
    """Whether the ends lie the other way round than their roots, and both bones get shorter by exchanging them."""
    roots, ends = points[_pair(root), :2], points[_pair(middle), :2]
    return bool((ends[0] - ends[1]) @ (roots[0] - roots[1]) < 0) and _stretch(points, root, middle) > 1


def _one_foot(points: Floats) -> None:
    """Drops, in place, the ankle that is further from its knee's column where both were found in one foot."""
    if _least(points, "knee", "ankle") < SEEN:
        return
    knees, ankles = points[_pair("knee"), :2], points[_pair("ankle"), :2]
    if np.linalg.norm(ankles[0] - ankles[1]) < ONE_PLACE * np.linalg.norm(knees[0] - knees[1]):
        off = np.abs(ankles[:, 0] - knees[:, 0])
        points[_pair("ankle")[int(np.argmax(off))], 2] = 0


def _slipped_shoulder(points: Floats, side: str, other: str) -> None:
    """Moves, in place, a doubtful shoulder that slipped down its arm to where the other and the neck place it.

    A hand on a shoulder hides it. Where its arm is then all forearm, the doubtful elbow goes half way to the wrist.
    """
    shoulder, elbow, wrist = (KEYPOINT[f"{side}_{joint}"] for joint in CHAINS[0])
    opposite, neck = KEYPOINT[f"{other}_shoulder"], KEYPOINT["neck"]
    if not SEEN <= points[shoulder, 2] < DOUBTFUL <= points[[opposite, neck], 2].min() or _least(points, "hip") < SEEN:
        return
    half = points[neck, :2] - points[opposite, :2]
    place = points[neck, :2] + half
    trunk = np.linalg.norm(points[_pair("hip"), :2].mean(axis=0) - points[neck, :2])
    if np.linalg.norm(points[shoulder, :2] - place) < max(SLIPPED * np.linalg.norm(half), 0.25 * trunk):
        return
    points[shoulder, :2] = place
    upper, fore = (np.linalg.norm(points[a, :2] - points[b, :2]) for a, b in ((shoulder, elbow), (elbow, wrist)))
    uneven = max(upper, fore) > UNEVEN * min(upper, fore)
    if uneven and points[elbow, 2] < DOUBTFUL <= points[wrist, 2]:
        points[elbow, :2] = (points[shoulder, :2] + points[wrist, :2]) / 2
