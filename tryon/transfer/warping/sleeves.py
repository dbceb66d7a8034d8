"""Sleeves: which of the garment's picture they are, and the ribbed strips in which they follow the arms."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import cv2
import numpy as np

from tryon.transfer.warping.arrays import Array, blur, projected, ramp, sharpened
from tryon.transfer.warping.body import SIDES, Body, Side
from tryon.transfer.warping.cloth import Cloth, inside_polygon
from tryon.transfer.warping.field import Field, ribbed
from tryon.transfer.warping.limbs import Limb
from tryon.transfer.warping.lines import on_line, on_outline, project, resample, rounded, smoothed
from tryon.transfer.warping.measure import worn_ratio
from tryon.transfer.warping.sleeve_hang import bridged, fallen, hanging, held_out, spanned, without_cap
from tryon.types import Garment

ABOVE = 0.25  # shoulder distances above the joint where a sleeve may begin at the most
BOW = 0.14  # of a sleeve's width: how far its hem hangs lower in its middle
SLIGHT_BOW = 0.09  # the same of sleeves that go further, and of those that hang round in the garment's picture
SLANT = 0.20  # of a loose short sleeve's width: how much higher its hem ends at its outer edge than at the trunk
RAISED = 0.45  # of that: what lies above where the sleeve ends: further up no arm is painted
LOOSE = (1.4, 2.0)  # its width in the arm's as it lies flat: from none to all of that
CUFF_BOW = 0.15  # the same of a cuff, which is seen from further above
BOUND = (0.72, 0.97)  # share of a sleeve's length over which it closes around the wrist
CUFF_RATIO = ((1.0, 1.4, 2.0, 3.0), (1.06, 1.16, 1.28, 1.7))  # flat width and seen width of a cuff, in the wrist's
CLEAR = 1.07  # of the arm's width: no sleeve is narrower, its soft edge would let the arm stand out
CUFFED = 0.8  # of the arm's length: from where on a sleeve ends in a cuff
PUFFED = 1.2  # of a sleeve's width: how far its outer edge may bulge beyond the line between its landmarks
EVEN = 0.028  # shoulder distances over which a sleeve's long edges are evened
UNEVEN = (0.8, 1.25)  # of a sleeve's width at its end: what that may differ from the other's by a landmark
THICK = 0.02  # shoulder distances of cloth that lies on an arm
BRIDGED = 0.08  # shoulder distances by which a long sleeve spans a hollow of its edge at the most
TOUCHING = 0.04  # of a sleeve's width: up to which the trunk's print may lie inside its landmarks where the two touch
CREASED = 0.15  # of a sleeve's width: how far in its inner edge may be creased, at the most
SHADED = (0.06, 0.025)  # of its width that lies in folds at the armpit, and in the shade of the gap further down
CAP = 0.25  # of the arm's length, over which a sleeve is sewn in
ROLLED = 0.62  # of the arm: where rolled sleeves end
FORESHORTENED = 0.8  # of the other arm's length: a sleeve is no shorter for its arm's being held to the camera
FOREARM = ((0.62, 1.15), (0.62, 0.82))  # of the arm's length: how long half sleeves measure, and where they end


@dataclass(frozen=True, kw_only=True)
class Worn:
    """Where the main points of a top came to lie on the body, for sleeves, masks and shading."""

    necks: Mapping[Side, Array]
    tips: Mapping[Side, Array]
    armpits: Mapping[Side, Array]
    top: float  # along the trunk, px: where the shoulder seams begin
    hem: float  # along the trunk, px
    sleeves: Mapping[Side, tuple[float, float]]  # arc lengths on the arm where they begin and end; equal: none
    scale: float
    kept: float  # share of the sleeves' length that is seen; less than 1 when they are rolled up
    bow: float = BOW  # of a sleeve's width: how far its hem hangs lower in its middle, no cuff
    flat: bool = True  # whether the garment lies flat in its picture, where its armpits are creased


def sleeve_span(
    cloth: Cloth, garment: Garment, body: Body, side: Side, tip: Array, scale: float
) -> tuple[float, float]:
    """Arc lengths on the arm between which the sleeve lies; the first is negative where it begins above the joint."""
    arm = body.arms[side]
    start = float(np.clip(_project(arm, tip), 0.0, 0.5 * arm.arc[-1]))
    if start == 0:
        start = float(np.clip((tip - arm.points[0]) @ arm.at(0.0)[1], -ABOVE * body.unit, 0.0))
    if garment.sleeves == "none":
        return start, start
    longest = max(float(one.arc[-1]) for one in body.arms.values())
    seen = max(FORESHORTENED, float(arm.arc[-1]) / longest)  # else the sleeve would end lower on that arm
    length = sleeve_length(cloth.points, garment.worn, side) * scale * seen
    return start, _sleeve_end(garment, arm, start, start + length)


def sleeve_length(points: Mapping[str, Array], worn: bool, side: Side) -> float:
    """Px of the garment's picture: both sleeves are as long. Laid flat they measure so but for the landmarks'
    inaccuracy; worn by somebody the one that is held towards the camera looks shorter, and where a sleeve begins is
    told so badly that they are as long from the neck on."""
    edges = {one: _sleeve_source(points, one)[0] for one in SIDES}
    lengths = {one: float(np.linalg.norm(np.diff(edge, axis=0), axis=1).sum()) for one, edge in edges.items()}
    if not worn:
        return sum(lengths.values()) / 2
    seams = {one: float(np.linalg.norm(points[f"shoulder_{one}"] - points[f"neck_{one}"])) for one in SIDES}
    return max(lengths[one] + seams[one] for one in SIDES) - seams[side]


def cuff_share(points: Mapping[str, Array], side: Side) -> float:
    """The width that both sleeves' ends have, as a share of that one's in the garment's picture."""
    own, other = (
        float(np.linalg.norm(points[f"cuff_{one}_outer"] - points[f"cuff_{one}_inner"]))
        for one in (side, *(one for one in SIDES if one != side))
    )
    return float(np.clip((own + other) / max(2 * own, 1e-6), *UNEVEN))


def sleeve_region(cloth: Cloth, side: Side, worn: bool = False) -> Array:
    """(gh,gw) 0..1: the sleeve, generously outwards, with a little of the gap beside the trunk; `worn`: the garment is
    on somebody."""
    outer, inner = _snapped_edges(cloth, *_sleeve_source(cloth.points, side))
    outward = np.array([-1.0 if side == "left" else 1.0, 0.0])
    up = np.array([0.0, -1.0])
    tip, armpit = outer[0], inner[0]
    wide = float(np.linalg.norm(tip - armpit))
    onwards = (outer[-1] + inner[-1] - outer[-2] - inner[-2]) / 2
    onwards = onwards / max(float(np.linalg.norm(onwards)), 1e-6) * 0.6 * wide
    # Never further than to the middle of the gap between sleeve and trunk, and not at all where they touch.
    trunk = np.array([cloth.points[f"{name}_{side}"] for name in ("armpit", "waist", "hem")])
    gap = (inner - np.stack([np.interp(inner[:, 1], trunk[:, 1], trunk[:, 0]), inner[:, 1]], axis=1)) @ outward / 2
    x, y = np.rint(inner - outward * max(2.0, 0.04 * wide)).astype(int).T
    solid = cloth.alpha[np.clip(y, 0, cloth.alpha.shape[0] - 1), np.clip(x, 0, cloth.alpha.shape[1] - 1)] > 0.5
    shift = outward * np.where(solid, 0.0, np.clip(gap, 1.0, 0.08 * wide))[:, None]
    if worn:  # landmarks of a sleeve can lie on the trunk
        inner = _beside(inner, armpit, outward)
    onwards = _beside(onwards[None], np.zeros(2), outward)[0]
    polygon = [tip - outward * 0.5 * wide + up * 0.6 * wide, (tip + armpit) / 2 - outward * wide, armpit]
    polygon += [*(inner - shift)[1:], (inner - shift)[-1] + onwards, outer[-1] + outward * wide + onwards]
    polygon += [*(outer[:0:-1] + outward * wide), tip + outward * wide + up * 0.6 * wide]
    return inside_polygon(cloth.alpha.shape, np.array(polygon))


def _beside(points: Array, limit: Array, outward: Array) -> Array:
    """(n,2) points moved sideways to where they are no further inwards than `limit`."""
    short = np.minimum((points - limit) @ outward, 0.0)
    return points - short[:, None] * outward


def roll_up(worn: Worn, body: Body) -> Worn:
    """Sleeves that end below the elbow, what is below that rolled away."""
    spans, kept = {}, 1.0
    for side, (start, end) in worn.sleeves.items():
        new = min(end, ROLLED * float(body.arms[side].arc[-1]))
        kept = min(kept, (new - start) / max(end - start, 1.0))
        spans[side] = (start, new)
    return replace(worn, sleeves=spans, kept=max(kept, 0.2))


def sleeve_field(cloth: Cloth, body: Body, side: Side, size: tuple[int, int], worn: Worn) -> Field:
    """The strip from the armhole to the cuff, along the arm."""
    outer, inner = _sleeve_source(cloth.points, side)
    outer, inner = _snapped_edges(cloth, outer, inner)
    inner += (outer - inner) * (TOUCHING if touches(cloth.alpha, outer, inner) else 0.0)
    inner, shares = paired(outer, inner)
    if worn.kept < 1:
        places = np.linspace(0, worn.kept, len(outer)) * (len(outer) - 1)
        index = np.arange(len(outer))
        outer, inner = (np.stack([np.interp(places, index, e[:, k]) for k in range(2)], axis=1) for e in (outer, inner))
        shares = np.interp(places, index, shares) / float(np.interp(places[-1], index, shares))
    arm = body.arms[side]
    flat = _widths(outer, inner) * np.linspace(1.0, cuff_share(cloth.points, side), len(outer))
    target_outer, target_inner = _sleeve_target(flat, shares, body, arm, side, worn)
    bow = bow_of(arm, worn.sleeves[side][1], worn.bow)
    if worn.flat:
        inner = within_cloth(cloth.alpha, outer, inner)
    slant = slant_of(float(flat[-1]) * worn.scale, body, worn) if worn.flat and bow != CUFF_BOW else 0.0
    source, target = _ribs(outer, inner), bowed(_ribs(target_outer, target_inner), bow, slant)
    if worn.kept < 1:  # nothing of the sleeve beyond the roll
        source, target = source[:-1], target[:-1]
    # One rib inside the trunk, where the trunk's own field puts it, so that the seam closes.
    points = cloth.points
    other: Side = "right" if side == "left" else "left"
    seam = points[f"neck_{side}"] - outer[0], points[f"armpit_{other}"] - inner[0]
    across = worn.necks[side] - worn.tips[side], worn.armpits[other] - worn.armpits[side]
    first = _ribs(np.array([outer[0] + 0.5 * seam[0]]), np.array([inner[0] + 0.15 * seam[1]]))
    place = _ribs(np.array([worn.tips[side] + 0.5 * across[0]]), np.array([worn.armpits[side] + 0.15 * across[1]]))
    return ribbed(np.concatenate([first, source]), np.concatenate([place, target]), size)


def slant_of(width: float, body: Body, worn: Worn) -> float:
    """How much higher the hem of a sleeve `width` px wide ends at its outer edge than at the trunk, of its width; the
    same on both arms."""
    arms = [2 * body.arms[side].at(worn.sleeves[side][1])[2] for side in SIDES]
    return SLANT * float(ramp(np.array(2 * width / sum(arms)), *LOOSE))


def within_cloth(alpha: Array, outer: Array, inner: Array) -> Array:
    """(n,2) the inner edge of a sleeve moved along its ribs to where its cloth is whole: beside the armpit the cut-out
    is creased, and the rim of a gap lies in its own shade."""
    shares = np.linspace(0, CREASED, 25)
    places = inner[:, None] + (outer - inner)[:, None] * shares[None, :, None]
    x, y = (np.rint(places[..., k]).astype(int).clip(0, alpha.shape[1 - k] - 1) for k in range(2))
    whole = alpha[y, x] > 0.9
    first = np.where(whole.any(axis=1), whole.argmax(axis=1), 0)  # further in are a mesh's own holes
    long = np.linalg.norm(outer - inner, axis=1)
    folded = np.interp(np.arange(len(inner)), (0, len(inner) / 2), SHADED) * np.median(long) / np.maximum(long, 1.0)
    moved = np.minimum(shares[first] + folded, CREASED)
    moved = np.maximum(moved, np.convolve(np.pad(moved, 1, mode="edge"), np.array([1, 2, 1]) / 4, mode="valid"))
    result: Array = inner + (outer - inner) * moved[:, None]
    return result


def touches(alpha: Array, outer: Array, inner: Array) -> bool:
    """Whether a sleeve lies against the trunk in the garment's picture, so that only landmarks tell them apart."""
    beyond = np.rint(inner + 0.1 * (inner - outer))[1:].astype(int)
    x, y = (beyond[:, k].clip(0, alpha.shape[1 - k] - 1) for k in range(2))
    return bool((alpha[y, x] > 0.5).mean() > 0.5)


def _sleeve_source(points: Mapping[str, Array], side: Side, count: int = 13) -> tuple[Array, Array]:
    """(n,2) outer and inner edge of the sleeve in the garment's picture, from the armhole to the cuff."""
    result = []
    for name, start in (("outer", points[f"shoulder_{side}"]), ("inner", points[f"armpit_{side}"])):
        line = [start]
        if f"elbow_{side}_{name}" in points:
            line.append(points[f"elbow_{side}_{name}"])
        line.append(points[f"cuff_{side}_{name}"])
        result.append(resample(np.array(line), count))
    return result[0], result[1]


def _snapped_edges(cloth: Cloth, outer: Array, inner: Array) -> tuple[Array, Array]:
    """Both edges of a sleeve moved onto the cut-out's outline, which may bulge between the landmarks."""
    width = float(np.median(np.linalg.norm(outer - inner, axis=1)))
    return on_outline(cloth.outline, outer, PUFFED * width), inner_edge(cloth.alpha, outer, inner, 0.35 * width)


def inner_edge(alpha: Array, outer: Array, inner: Array, reach: float) -> Array:
    """(n,2) a sleeve's inner edge moved, at most `reach` px, to where its cloth ends: the gap between it and the trunk
    may begin below the armpit, and its landmark at the cuff may lie on the trunk's side of the gap."""
    across = np.gradient(inner, axis=0)[:, ::-1] * np.array([1.0, -1.0])
    across /= np.maximum(np.linalg.norm(across, axis=1, keepdims=True), 1e-6)
    across *= np.where(((inner - outer) * across).sum(axis=1) < 0, -1.0, 1.0)[:, None]
    steps = np.arange(-reach, reach + 1.0, 1.0)
    line = np.rint(inner[:, None] + across[:, None] * steps[None, :, None]).astype(int)
    x, y = np.clip(line[..., 0], 0, alpha.shape[1] - 1), np.clip(line[..., 1], 0, alpha.shape[0] - 1)
    solid = alpha[y, x] > 0.5
    ends = solid[:, :-1] & ~solid[:, 1:]
    ends[[0, -1]] = False  # the armpit stays; at the cuff the hem is near too
    known = np.flatnonzero(ends.any(axis=1))
    if len(known) < 3:
        return inner
    found = [float(steps[:-1][row][np.abs(steps[:-1][row]).argmin()]) for row in ends[known]]
    moved = np.interp(np.arange(len(inner)), [0, *known], [0.0, *found])
    return smoothed(inner + across * moved[:, None])


def paired(outer: Array, inner: Array) -> tuple[Array, Array]:
    """The inner edge at the points opposite the outer edge's, and their shares 0..1 of its length.

    The outer edge is longer by the cap over the shoulder. There ribs fan out around the armpit; from then on both
    edges are as far from the cuff, so that ribs lie straight across. Of a short sleeve the cap is nearly all: its
    ribs turn evenly from the armhole to the hem.
    """
    lengths = [float(np.linalg.norm(np.diff(line, axis=0), axis=1).sum()) for line in (outer, inner)]
    cap = float(np.clip(1 - lengths[1] / max(lengths[0], 1e-6), 0.0, 0.8))
    share = np.linspace(0, 1, len(outer))
    slope = float(np.interp(cap, (0.25, 0.6), (0.12, 0.9)))
    shares = np.maximum(slope * share, (share - cap) / (1 - cap))
    arc = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(inner, axis=0), axis=1))])
    moved = np.stack([np.interp(shares * arc[-1], arc, inner[:, k]) for k in range(2)], axis=1)
    return moved, shares


def _sleeve_target(flat: Array, shares: Array, body: Body, arm: Limb, side: Side, worn: Worn) -> tuple[Array, Array]:
    """Outer and inner edge on the arm: the garment's own length and width `flat` (n,), px of its picture, at least as
    wide as the arm."""
    tip, armpit = worn.tips[side], worn.armpits[side]
    wrist = float(arm.arc[-1])
    start, end = worn.sleeves[side]
    pit = float(np.clip(_project(arm, armpit), start, end - 0.03 * wrist))
    outward = body.side * (-1 if side == "left" else 1)
    over = rounded(body.shoulders[side])
    over_start = project(over, tip)
    short = float(np.clip((0.62 * wrist - end) / (0.16 * wrist), 0, 1))
    flat = held_out(without_cap(hanging(flat, short), start, end, CAP * wrist)) * worn.scale / 2
    out_line, in_line, arm_line = [tip], [armpit], [tip]
    for i in range(1, len(flat)):
        share = i / (len(flat) - 1)
        # The ribs turn from the armhole's slant to straight across the arm.
        turn = max(0.0, 1 - share * (end - start) / (0.33 * wrist)) ** 1.3
        at = start + share * (end - start)
        bound = float(ramp(np.array(share), *BOUND)) if end > CUFFED * wrist else 0.0
        edge, _ = _edge(arm, at, flat[i], outward, 1, bound)
        arm_line.append(_edge(arm, at, 0.0, outward, 1, bound)[0])
        out_line.append(edge * (1 - turn) + on_line(over, over_start + at - start) * turn)
        at = pit + float(shares[i]) * (end - pit)
        edge, direction = _edge(arm, at, flat[i], outward, -1, bound)
        in_line.append(edge * (1 - turn) + (armpit + direction * (at - pit)) * turn)
    taut = spanned(fallen(np.array(out_line), np.array(arm_line), side, THICK * body.unit), outward)
    bent = int(np.clip(round((arm.bend - start) / (end - start) * (len(flat) - 1)), 1, len(flat) - 1))
    loose = bridged(np.array(out_line), bent, outward, BRIDGED * body.unit)
    return loose * (1 - short) + taut * short, np.array(in_line)


def _widths(outer: Array, inner: Array) -> Array:
    """(n,) widths of a strip straight across it, from ribs that may slant."""
    axis = np.gradient((outer + inner) / 2, axis=0)
    axis /= np.maximum(np.linalg.norm(axis, axis=1, keepdims=True), 1e-6)
    rib = outer - inner
    result: Array = np.abs(rib[:, 0] * axis[:, 1] - rib[:, 1] * axis[:, 0])
    return result


def _sleeve_end(garment: Garment, arm: Limb, start: float, natural: float) -> float:
    """Arc length on the arm at which the sleeve ends: its own, within what its kind means. As full sleeves measure
    longer than arms, by their ease and as arms are seen a little from above, so do those that end on the forearm."""
    wrist = float(arm.arc[-1])
    if garment.sleeves == "elbow" and natural > FOREARM[0][0] * wrist:
        natural = float(np.interp(natural / wrist, *FOREARM)) * wrist
    low, high = {"long": (0.97, 1.03), "elbow": (0.42, 0.86)}.get(garment.sleeves, (0.0, 0.50))
    return float(np.clip(natural, max(low * wrist, start + 0.10 * wrist), high * wrist))


def _edge(arm: Limb, at: float, flat: float, outward: Array, sign: int, bound: float) -> tuple[Array, Array]:
    """A point of the sleeve's outer (+1) or inner (-1) edge, and the arm's direction there; `bound` 0..1: how far it is
    a cuff, which lies around the wrist on all sides and stands off less."""
    point, direction, half = arm.at(at)
    normal = np.array([-direction[1], direction[0]])
    if normal @ outward < 0:
        normal = -normal
    seen = half * float(worn_ratio(flat / (1.04 * half)))
    # Spare cloth hangs: below a raised arm it is all on the lower side, beside a hanging arm mostly on the outer one,
    # because the trunk is in the way.
    beside = 0.22 if sign > 0 else 0.40
    lower = float(np.clip(0.5 + sign * (0.5 * normal[1] + beside * abs(normal[0])), 0.0, 1.0))
    hung = half * CLEAR + 1.7 * lower * max(0.0, seen - half * CLEAR)
    cuff = half * float(np.interp(flat / half, *CUFF_RATIO))
    return point + sign * normal * (hung + (cuff - hung) * bound), direction


def even_edges(alpha: Array, body: Body, side: Side, worn: Worn, unsure: float) -> Array:
    """(h,w) 0..1 a sleeve's coverage with its two long edges evened: pale stripes that run out into a pale ground leave
    the edge of a cut-out wavy. Its cap stays as it is, its hem is evened as far as the cut-out is `unsure`, 0..1."""
    arm, (start, end) = body.arms[side], worn.sleeves[side]
    last = end - 0.16 * body.unit
    pit = max(start, _project(arm, worn.armpits[side])) + 0.06 * body.unit
    sides = 1.0 if last - pit > 0.2 * body.unit else unsure  # those of a short sleeve are as short as its hem
    if sides <= 0:
        return alpha
    outward = body.side * (-1 if side == "left" else 1)
    half = float(arm.half.max())
    places = [(at, 0.0) for at in np.linspace(last, pit, 8)]
    cap = [(at, 1.2 * half) for at in np.linspace(pit, start + 0.15 * body.unit, 5)]  # inwards it is sewn to the trunk
    line = np.array([arm.at(at)[0] + outward * off for at, off in (*places, *cap)])
    low, high = np.maximum(line.min(axis=0) - 2 * half, 0).astype(int), (line.max(axis=0) + 2 * half).astype(int)
    part = (slice(low[1], max(high[1], 0)), slice(low[0], max(high[0], 0)))
    window = alpha[part]
    if min(window.shape) < 4:
        return alpha
    long = np.zeros((window.shape[0] // 2, window.shape[1] // 2), np.float32)  # half the size: only the form counts
    for stretch, wide in ((line[: len(places)], 3.2), (line[len(places) - 1 :], 1.6)):
        cv2.polylines(long, [np.rint((stretch - low) / 2).astype(np.int32)], False, sides, round(wide * half / 2))
    point, way, _ = arm.at(last)
    long[projected(long.shape, (point - low) / 2, way) > 0] = unsure
    share = cv2.resize(blur(long, 0.015 * body.unit), window.shape[::-1], interpolation=cv2.INTER_LINEAR)
    return evened(alpha, part, share, EVEN * body.unit)


def evened(alpha: Array, part: tuple[slice, slice], share: Array, sigma: float) -> Array:
    """(h,w) 0..1 coverage whose outline is smoothed in the window `part`, as far as `share` 0..1 there says, by a blur
    of `sigma` px."""
    result = alpha.copy()
    result[part] += share * (sharpened(blur(alpha[part], sigma), sigma) - alpha[part])
    return result


def _project(limb: Limb, point: Array) -> float:
    """Arc length of the limb's point nearest to `point`."""
    return project(limb.points, point)


def bow_for(garment: Garment) -> float:
    """Of its width: how far the hem of a garment's sleeve hangs lower in its middle, no cuff."""
    return BOW if garment.sleeves == "short" and not garment.worn else SLIGHT_BOW


def bow_of(arm: Limb, end: float, bow: float = BOW) -> float:
    """Of its width: how far the hem of a sleeve hangs lower in its middle that ends at the arc length `end` px; `bow`:
    of one that is no cuff."""
    return CUFF_BOW if end > CUFFED * float(arm.arc[-1]) else bow


def bowed(ribs: Array, bow: float, slant: float = 0.0) -> Array:
    """Ribs (n,m,2) on an arm, bent as rings around a limb seen from a little above: more towards its hem, where they
    hang lower in their middle by `bow` of their width, and higher at their outer ends than at their inner ones by
    `slant` of it, as those of loose sleeves do that stand off the shoulder."""
    along = np.gradient(ribs.mean(axis=1), axis=0)
    along /= np.maximum(np.linalg.norm(along, axis=1, keepdims=True), 1e-6)
    width = np.linalg.norm(ribs[:, -2] - ribs[:, 1], axis=1)
    share = np.linspace(0, 1, len(ribs))
    across = np.concatenate([[0.0], np.linspace(0, 1, ribs.shape[1] - 2), [1.0]])
    depth = (width * share)[:, None] * (bow * np.sqrt(4 * across * (1 - across)) - slant * (RAISED - across))[None]
    result: Array = ribs + along[:, None] * depth[..., None]
    return result


def _ribs(outer: Array, inner: Array, across: int = 5) -> Array:
    """(n, across+2, 2) ribs between two edges, each drawn out beyond them, and one rib beyond the last.

    Outwards cloth may bulge; inwards lies the trunk's.
    """
    share = np.concatenate([[-0.4], np.linspace(0, 1, across), [1.04]])
    ribs = outer[:, None] + (inner - outer)[:, None] * share[None, :, None]
    if len(ribs) < 2:
        return ribs
    last = ribs[-1] + 0.6 * (ribs[-1] - ribs[-2])
    return np.concatenate([ribs, last[None]])
