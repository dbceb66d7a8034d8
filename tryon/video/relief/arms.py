"""Arms cut out of the figure: what raising, waving and hands on hips are made of (gestures.py moves them).

A relief can bend a little everywhere but not swing a limb through half a circle. So an arm that has to is taken out
of the texture, upper arm and forearm each with a disc around the elbow, and what it hid of the body is continued.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from tryon.types import LABEL
from tryon.video.relief.borders import without_strips
from tryon.video.relief.rig import Bones

Array = NDArray[Any]

SIDES = ("left", "right")
CAP = (0.095, 0.18)  # trunk lengths around the shoulder's joint in which nothing moves, least and most
FADING = 0.035  # trunk lengths within that over which it begins to
ARMPIT = 0.28  # trunk lengths below the shoulder's joint
UNDER = 0.12  # trunk lengths that a trunk's cloth goes on under a sleeve, next to the armpit
HIDDEN = 0.2  # trunk lengths that an arm may hide of the body's side
NEAR = (0.015, 0.04)  # trunk lengths beside the hidden side from which its colours are taken
UNKNOWN = 255  # in a plane of sleeves: nobody has told where they are
OTHERS = tuple(LABEL[n] for n in ("pants", "skirt", "dress", "left_leg", "right_leg"))
CLOTH = tuple(LABEL[n] for n in ("upper", "coat", "dress", "jumpsuit"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Arm:
    """One arm's pieces; joints in canvas pixels, angles in radians from straight down, + away from the body."""

    side: int  # 0 the person's left
    outward: float  # +1: away from the body is the picture's right
    shoulder: Array
    elbow: Array
    wrist: Array
    upper: Array  # (h, w, 4) premultiplied piece of the texture
    fore: Array
    corner: tuple[int, int]  # where both pieces' corner lies on the canvas

    @property
    def rest(self) -> tuple[float, float]:
        """Angles of upper arm and forearm in the photo."""
        return self._angle(self.elbow - self.shoulder), self._angle(self.wrist - self.elbow)

    @property
    def lengths(self) -> tuple[float, float]:
        return float(np.hypot(*(self.elbow - self.shoulder))), float(np.hypot(*(self.wrist - self.elbow)))

    def _angle(self, way: Array) -> float:
        return float(np.arctan2(way[0] * self.outward, way[1]))


def free(bones: Bones, labels: Array, side: int) -> bool:
    """Whether the arm hangs free and whole enough to be lifted: seen, hanging, with a whole empty hand.

    `labels` (h,w) and `bones` in the same pixels. The bounds are in trunk lengths and come from looking at people: a
    hand in a pocket is short, one that holds a bag is large.
    """
    return bones.arms[side] and _hangs(bones, side) and _whole_hand(bones, labels, side)


def _hangs(bones: Bones, side: int) -> bool:
    shoulder, elbow, wrist = bones.shoulders[side], bones.elbows[side], bones.wrists[side]
    unit = bones.trunk
    upper, fore = float(np.hypot(*(elbow - shoulder))), float(np.hypot(*(wrist - elbow)))
    if not (0.3 < upper / unit < 0.72 and 0.3 < fore / unit < 0.82):
        return False
    if not (elbow[1] > shoulder[1] + 0.2 * unit and wrist[1] > elbow[1] + 0.12 * unit):
        return False
    out = abs(wrist[0] - bones.hip[0]) / unit
    return bool(out > 0.22 and out > abs(elbow[0] - bones.hip[0]) / unit - 0.12)


def _whole_hand(bones: Bones, labels: Array, side: int) -> bool:
    unit, wrist = bones.trunk, bones.wrists[side]
    way = (wrist - bones.elbows[side]) / max(1e-3, float(np.hypot(*(wrist - bones.elbows[side]))))
    rows, columns = np.nonzero(labels == LABEL[f"{SIDES[side]}_hand"])
    if not 0.022 < len(rows) / unit**2 < 0.11:
        return False
    reach = (columns - wrist[0]) * way[0] + (rows - wrist[1]) * way[1]
    if not 0.24 < float(np.percentile(reach, 97)) / unit < 0.72:
        return False
    # In a pocket the fingers have cloth all around; a hanging hand has the background on one side at least.
    tips = np.zeros(labels.shape, np.uint8)
    low = reach > np.percentile(reach, 75)
    tips[rows[low], columns[low]] = 1
    size = max(3, round(0.06 * unit)) | 1
    around = (cv2.dilate(tips, np.ones((size, size), np.uint8)) > 0) & (labels != LABEL[f"{SIDES[side]}_hand"])
    if float((labels[around] == 0).mean()) < 0.2:
        return False
    y, x = np.nonzero(labels == LABEL["bag"])
    if (np.hypot(x - wrist[0], y - wrist[1]) < 0.4 * unit).sum() > 0.01 * unit**2:
        return False
    height, width = labels.shape
    return bool(rows.max() < height - 2 and columns.min() > 1 and columns.max() < width - 2)


def split(
    texture: Array, corner: tuple[int, int], labels: Array, sleeves: Array, bones: Bones, side: int
) -> tuple[Arm, Array]:
    """The arm's pieces, and the texture without it (a copy). `labels` and `sleeves` (as Person.sleeves, or UNKNOWN) are
    as large as the texture."""
    chain = [joint[side] for joint in (bones.shoulders, bones.elbows, bones.wrists)]
    x0, y0, x1, y1 = _window(chain, corner, texture.shape, bones.trunk)
    cut = slice(y0, y1), slice(x0, x1)
    piece, near = np.ascontiguousarray(texture[cut]), labels[cut]
    origin = np.array([corner[0] + x0, corner[1] + y0], np.float64)
    outward = float(np.sign(bones.shoulders[side][0] - bones.neck[0] + 1e-6))
    sleeve = None if (sleeves == UNKNOWN).any() else sleeves[cut] == side + 1
    mask, rough, joints, (cap, radius) = _arm_mask(
        piece, near, sleeve, [c - origin for c in chain], side, outward, bones.trunk
    )
    upper, fore = _pieces(_rounded(mask, piece[..., 3], bones.trunk), joints, radius)
    body = texture.copy()
    rests = _with_rests(mask, piece, near, bones.trunk) | rough
    rests[round(joints[1][1]) :] = _grown(rests, 0.02 * bones.trunk)[round(joints[1][1]) :]  # the hand's dark rim too
    gone = _soft(rests, bones.trunk)
    body[cut] = _behind(piece, gone, np.isin(near, CLOTH), joints, cap, outward, bones.trunk)
    arm = Arm(
        side=side,
        outward=outward,
        shoulder=joints[0] + origin,
        elbow=joints[1] + origin,
        wrist=joints[2] + origin,
        upper=_share(piece, upper),
        fore=_share(piece, fore),
        corner=(int(origin[0]), int(origin[1])),
    )
    return arm, body


def _window(chain: list[Array], corner: tuple[int, int], shape: tuple[int, ...], unit: float) -> tuple[int, ...]:
    """The arm's surroundings in texture pixels: x0, y0, x1, y1."""
    points = np.array(chain) - corner
    low, high = points.min(0) - 0.45 * unit, points.max(0) + np.array([0.45, 1.0]) * unit
    x0, y0 = np.maximum(low.astype(int), 0)
    x1, y1 = np.minimum(high.astype(int), (shape[1], shape[0]))
    return int(x0), int(y0), int(x1), int(y1)


def _share(piece: Array, share: Array) -> Array:
    return np.rint(piece * share[..., None]).astype(np.uint8)


def _field(shape: tuple[int, ...]) -> tuple[Array, Array]:
    x, y = np.meshgrid(np.arange(shape[1], dtype=np.float32), np.arange(shape[0], dtype=np.float32))
    return x, y


def _pieces(mask: Array, joints: list[Array], radius: float) -> tuple[Array, Array]:
    """Shares (h,w) 0..1 of upper arm and forearm, each round at the elbow."""
    x, y = _field(mask.shape)
    shoulder, elbow, wrist = joints
    away = np.hypot(x - elbow[0], y - elbow[1])
    a, b = elbow - shoulder, wrist - elbow
    way = a / max(1e-3, float(np.hypot(*a))) + b / max(1e-3, float(np.hypot(*b)))
    below = (x - elbow[0]) * way[0] + (y - elbow[1]) * way[1] > 0
    disc = np.clip(radius + 0.5 - away, 0, 1)
    # The forearm's disc fades so that no line shows where the two meet.
    soft = np.clip(1.5 - 1.5 * away / max(1.0, radius), 0, 1)
    return mask * np.where(below, disc, 1), mask * np.where(below, 1, disc * soft)


def _arm_mask(
    piece: Array, labels: Array, sleeve: Array | None, chain: list[Array], side: int, outward: float, unit: float
) -> tuple[Array, Array, list[Array], tuple[float, float]]:
    """(h,w) bool the arm with its sleeve, its loose parts too, its centred joints, its half-widths at shoulder and
    elbow."""
    alpha = piece[..., 3]
    x, y = _field(alpha.shape)
    along, away = _project(chain, x, y)
    profile = _half_widths(alpha, chain, outward, unit)
    radius = np.interp(along, np.linspace(0, 2, len(profile)), profile).astype(np.float32)
    own = np.isin(labels, [LABEL[f"{SIDES[side]}_arm"], LABEL[f"{SIDES[side]}_hand"], LABEL["gloves"]])
    # A bare shoulder may be labelled as the neck above its joint.
    own |= (labels == LABEL["neck"]) & (away < radius) & (outward * (x - chain[0][0]) > 0)
    hand = (labels == LABEL[f"{SIDES[side]}_hand"]) & (np.hypot(x - chain[2][0], y - chain[2][1]) < 0.95 * unit)
    told = sleeve is not None
    if sleeve is None:
        sleeve = np.isin(labels, CLOTH) & (away < radius) & (along < _sleeve_end(own, along, away, radius))
        sleeve &= outward * (x - chain[0][0]) > -0.05 * unit
    sleeve = sleeve & (along > 0.0)
    rough = ((own & (away < 1.7 * radius)) | hand | sleeve) & ((along > 0.02) | (away < radius))
    mask = _solid(rough, unit) & (alpha > 100)
    plain = without_strips(piece, mask, (alpha > 60) & ~mask, max(3, round(0.05 * unit)))
    # A sleeve that is told keeps all its colours: one with a dark cuff is pale like the trunk above it.
    mask = _solid(plain | (mask & sleeve) if told else plain, unit)
    elbow, half = _middle(mask, chain[1], chain[2] - chain[0], unit)
    wrist, _ = _middle(mask, chain[2], chain[2] - elbow, unit)
    return mask, rough, [chain[0], elbow, wrist], (float(profile[1]), 1.06 * half + 1)


def _soft(mask: Array, unit: float) -> Array:
    soft = cv2.GaussianBlur(mask.astype(np.float32), (0, 0), max(1.0, 0.004 * unit))
    return np.clip((soft - 0.2) * 1.8, 0, 1)


def _grown(mask: Array, reach: float) -> Array:
    size = 2 * round(reach) + 1
    return cv2.dilate(mask.astype(np.uint8), cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size, size))) > 0


def _nearer(one: Array, other: Array) -> Array:
    """(h,w) bool: what lies nearer to one mask than to another."""
    far = [cv2.distanceTransform((~mask).astype(np.uint8), cv2.DIST_L2, 3) for mask in (one, other)]
    return far[0] < far[1]


def _rounded(mask: Array, alpha: Array, unit: float) -> Array:
    """(h,w) 0..1: the arm with an even edge where it lies on the body; outside, the texture's own alpha is its edge."""
    size = max(3, round(0.04 * unit)) | 1
    beyond = (cv2.dilate(mask.astype(np.uint8), np.ones((size, size), np.uint8)) > 0) & (alpha <= 128)
    beyond &= _nearer(mask, (alpha > 128) & ~mask)  # the soft edge of a trunk beside the arm stays with the trunk
    soft = cv2.GaussianBlur((mask | beyond).astype(np.float32), (0, 0), max(1.0, 0.016 * unit))
    return np.clip((soft - 0.5) * 4 + 0.5, 0, 1)


def _sleeve_end(own: Array, along: Array, away: Array, radius: Array) -> float:
    """How far down the arm cloth covers it: 0 without sleeves, 9 where no skin shows before the hand."""
    skin = own & (away < 0.9 * radius)
    if skin.sum() < 30:
        return 9.0
    start = float(np.percentile(along[skin], 3))
    return 0.0 if start < 0.4 else start + 0.15


def _solid(mask: Array, unit: float) -> Array:
    """The mask's largest piece without holes and hairs."""
    size = max(5, round(0.03 * unit)) | 1
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size, size))
    small = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (7, 7))
    whole = cv2.morphologyEx(mask.astype(np.uint8), cv2.MORPH_CLOSE, kernel)
    whole = cv2.morphologyEx(whole, cv2.MORPH_OPEN, small)
    count, parts, stats, _ = cv2.connectedComponentsWithStats(whole)
    if count < 2:
        return mask
    return parts == 1 + int(stats[1:, cv2.CC_STAT_AREA].argmax())


def _with_rests(mask: Array, piece: Array, labels: Array, unit: float) -> Array:
    """The mask with what would stay behind when the arm goes: slivers beside it, and skin of the hand's border.

    Legs are skin too, and pale trousers have its hue: what is surely one of them stays.
    """
    size = max(5, round(0.06 * unit)) | 1
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size, size))
    near = cv2.dilate(mask.astype(np.uint8), kernel) > 0
    low = np.arange(mask.shape[0])[:, None] > np.flatnonzero(mask.any(axis=1))[-1] - 0.5 * unit if mask.any() else near
    lab = cv2.cvtColor(np.ascontiguousarray(piece[..., :3]), cv2.COLOR_RGB2LAB).astype(np.int16)
    tone = np.median(lab[mask & low][::3], axis=0) if (mask & low).any() else np.zeros(3)
    alike = (np.abs(lab - tone)[..., 1:].max(axis=2) < 9) & (np.abs(lab - tone)[..., 0] < 60)
    size = max(3, round(0.05 * unit)) | 1
    others = cv2.erode(np.isin(labels, OTHERS).astype(np.uint8), np.ones((size, size), np.uint8)) > 0
    skin = near & low & alike & (piece[..., 3] > 20) & ~others
    body = ((piece[..., 3] > 20) & ~mask & ~skin).astype(np.uint8)
    body = cv2.morphologyEx(body, cv2.MORPH_OPEN, kernel)
    count, parts, stats, _ = cv2.connectedComponentsWithStats(body)
    large = np.zeros(count, bool)
    large[1:] = stats[1:, cv2.CC_STAT_AREA] > 0.1 * unit * unit
    reach = cv2.dilate(near.astype(np.uint8), kernel) > 0
    return mask | skin | (reach & ~large[parts])


def _middle(mask: Array, joint: Array, way: Array, unit: float) -> tuple[Array, float]:
    """A joint moved across the limb to the middle of the mask, and the limb's half-width there in px."""
    d = way / max(1e-3, float(np.hypot(*way)))
    normal = np.array([d[1], -d[0]])
    steps = np.arange(-0.2 * unit, 0.2 * unit)
    px = np.clip(np.rint(joint[0] + steps * normal[0]), 0, mask.shape[1] - 1).astype(int)
    py = np.clip(np.rint(joint[1] + steps * normal[1]), 0, mask.shape[0] - 1).astype(int)
    inside = steps[mask[py, px]]
    if len(inside) < 4:
        return joint, 0.08 * unit
    low, high = np.percentile(inside, [2, 98])
    return joint + normal * (low + high) / 2, float(np.clip((high - low) / 2, 0.03 * unit, 0.16 * unit))


def _project(chain: list[Array], x: Array, y: Array) -> tuple[Array, Array]:
    """Position along the two bones (0 shoulder, 1 elbow, 2 wrist and beyond; below 0 before) and distance in px."""
    s, e, w = chain
    best = np.full(x.shape, 1e9, np.float32)
    along = np.zeros(x.shape, np.float32)
    for start, (a, b) in enumerate(((s, e), (e, w))):
        d = b - a
        t = ((x - a[0]) * d[0] + (y - a[1]) * d[1]) / max(1e-3, float(d @ d))
        low, high = (-0.3, 1.0) if start == 0 else (0.0, 1.9)
        c = np.clip(t, low, high)
        away = np.hypot(x - a[0] - c * d[0], y - a[1] - c * d[1])
        take = away < best
        best, along = np.where(take, away, best), np.where(take, start + c, along)
    return along.astype(np.float32), best.astype(np.float32)


def _half_widths(alpha: Array, chain: list[Array], outward: float, unit: float) -> Array:
    """px from bone to outer border at 17 places from shoulder to wrist, smoothed; the inner side is taken alike."""
    s, e, w = chain
    widths = []
    for t in np.linspace(0, 2, 17):
        a, b = (s, e) if t <= 1 else (e, w)
        p = a + (b - a) * (t if t <= 1 else t - 1)
        d = (b - a) / max(1e-3, float(np.hypot(*(b - a))))
        normal = np.array([d[1], -d[0]])
        normal *= np.sign(normal[0] * outward + 1e-9)
        steps = np.arange(0, 0.3 * unit)
        px = np.clip(np.rint(p[0] + steps * normal[0]), 0, alpha.shape[1] - 1).astype(int)
        py = np.clip(np.rint(p[1] + steps * normal[1]), 0, alpha.shape[0] - 1).astype(int)
        outside = np.flatnonzero(alpha[py, px] < 128)
        widths.append(float(outside[0]) if len(outside) else 0.2 * unit)
    line = np.clip(np.array(widths), 0.05 * unit, 0.24 * unit)
    padded = np.pad(line, 2, mode="edge")
    return np.array([np.median(padded[i : i + 5]) for i in range(len(line))])


def _behind(
    piece: Array, mask: Array, cloth: Array, joints: list[Array], cap: float, outward: float, unit: float
) -> Array:
    """The body without the arm: its flank drawn behind it, and filled with the cloth or skin beside it. Within `cap` px
    of the shoulder's joint nothing moves."""
    if outward < 0:  # the flank's side of the picture is the right
        mirrored = [np.array([piece.shape[1] - 1 - joint[0], joint[1]]) for joint in joints]
        flipped = [np.ascontiguousarray(plane[:, ::-1]) for plane in (piece, mask, cloth)]
        return _behind(flipped[0], flipped[1], flipped[2], mirrored, cap, 1.0, unit)[:, ::-1]
    alpha = piece[..., 3]
    x, y = _field(mask.shape)
    away = np.hypot(x - joints[0][0], y - joints[0][1])
    cap = float(np.clip(0.9 * cap, CAP[0] * unit, CAP[1] * unit))
    gone = mask * np.clip((away - cap) / (FADING * unit) + 1, 0, 1)
    solid = (gone < 0.02) & (alpha > 200)
    luma = cv2.cvtColor(np.ascontiguousarray(piece[..., :3]), cv2.COLOR_RGB2GRAY)
    line, columns = _flank(solid, gone, alpha, cloth, luma, joints[0][1], cap, unit)
    flank = np.clip(line[:, None] + 0.5 - x, 0, 1) * (gone > 0.01)
    cover = np.maximum(alpha / 255.0 * (1 - gone), flank)
    fill = cv2.remap(piece[..., :3], columns, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    share = gone[..., None]
    plain = piece[..., :3] * (255.0 / np.maximum(alpha, 1))[..., None]
    colour = np.clip(plain, 0, 255) * (1 - share) + fill * share
    result = piece.copy()
    result[..., :3] = np.rint(np.minimum(colour, 255) * cover[..., None])
    result[..., 3] = np.rint(cover * 255)
    return result


def _flank(
    solid: Array, gone: Array, alpha: Array, cloth: Array, luma: Array, shoulder: float, cap: float, unit: float
) -> tuple[Array, Array]:
    """(h,) the column up to which the body runs behind the arm on its right, and (h,w) float32 the columns that its
    colours come from, beside it where it is seen, so that stripes and hems run on. `shoulder`: the row of its joint."""
    height, width = solid.shape
    rows = np.flatnonzero(solid.any(axis=1))
    columns = np.broadcast_to(np.arange(width, dtype=np.float32), (height, width))
    if len(rows) < 4:
        return np.full(height, -1.0), columns.copy()
    edge = width - 1 - np.argmax(solid[rows][:, ::-1], axis=1)
    beside = np.minimum(edge[:, None] + np.arange(1, 6), width - 1)
    seen = (gone[rows[:, None], beside].max(axis=1) < 0.02) & (alpha[rows[:, None], beside].min(axis=1) < 128)
    seen[0] = True
    # Under a sleeve the trunk's cloth goes on a little; from the armpit down the flank is a line to where it is seen.
    covered = cloth[rows, np.minimum(edge + 3, width - 1)] & ~seen & (rows > shoulder + cap)
    least = edge + UNDER * unit * covered * np.clip(1 - (rows - shoulder) / unit / 0.65, 0, 1)
    armpit = shoulder + ARMPIT * unit
    known = seen & (rows > armpit)
    known[np.argmin(np.abs(rows - armpit))] = True
    between = np.where(rows > armpit, np.interp(rows, rows[known], least[known]), 0)
    line = np.maximum(np.minimum(between, edge + HIDDEN * unit), least)
    line = _eased(np.interp(np.arange(height), rows, line), 0.02 * unit)
    size = max(3, round(0.03 * unit)) | 1
    border = np.interp(np.arange(height), rows, edge).astype(np.float32)[:, None]
    border = _eased(cv2.erode(border, np.ones((size, 1), np.uint8))[:, 0], 0.02 * unit)[:, None] - 2
    # To and fro in a narrow strip: further in may be a print that shall not be seen twice.
    strip = _strips(luma, border, unit)
    beyond = strip - np.abs((columns - border) % (2 * strip) - strip)
    return line, np.where(columns > border, np.maximum(border - beyond, 0), columns).astype(np.float32)


def _strips(luma: Array, border: Array, unit: float) -> Array:
    """(h,1) px: how far in from the border (h,1) of a body's side its colours are taken; less beside a print."""
    wide = max(4, round(NEAR[1] * unit))
    at = np.maximum(np.rint(border).astype(int) - np.arange(wide), 0)
    seen = luma[np.arange(len(luma))[:, None], at].astype(np.float32)
    narrow = max(2, round(NEAR[0] * unit))
    calm, busy = (_eased(part.std(axis=1), 0.05 * unit) for part in (seen[:, :narrow], seen))
    return np.where(busy > 2 * calm + 4, narrow, wide)[:, None].astype(np.float32)


def _eased(line: Array, sigma: float) -> Array:
    return cv2.GaussianBlur(line[:, None].astype(np.float32), (0, 0), sigma, borderType=cv2.BORDER_REPLICATE)[:, 0]
