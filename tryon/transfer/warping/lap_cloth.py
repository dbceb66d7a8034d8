"""The cloth of trousers or a skirt that go on upwards under what was a longer top: its colour, weave and lines."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np

from tryon.masking.areas import bounds
from tryon.transfer.warping.arrays import Array, blur, fill, largest, luminance, ramp, shrink, smooth_mask
from tryon.transfer.warping.body import CROTCH, Body
from tryon.transfer.warping.hips import BAND, Lap
from tryon.transfer.warping.texture import texture, tiled

BETWEEN = 0.10  # shoulder distances: half of how wide the shade around its narrow end is
WORN = 0.05  # shoulder distances over which the colour of cloth varies
FINE = 0.010  # shoulder distances: what of its structure is coarser is not in a waistband
SHADE = 0.28  # shoulder distances: so far down reaches the shadow of a top's hem
LIFTED = 1.25  # most that is lifted of it


def continued(pixels: Array, garment: Array, body: Body, lap: Lap, seed: int) -> Array:
    """(h,w,3) float32: the garment going on upwards: its colour with its own structure where it is plain, mirrored
    where it has a pattern. Around it the picture stays as it is."""
    picture = pixels.astype(np.float32)
    reach = 1.3 * max(lap.half, lap.waist)
    corners = body.place(
        lap.middle + np.array([-reach, reach])[:, None], np.array([lap.start - 0.3 * body.unit, lap.top + body.unit])
    ).reshape(-1, 2)
    low = np.maximum(np.floor(corners.min(axis=0)), 0).astype(int)
    high = np.maximum(np.ceil(corners.max(axis=0)) + 1, low).astype(int)
    part = (slice(low[1], high[1]), slice(low[0], high[0]))
    if garment[part].any():
        moved = replace(body, origin=body.origin - low)
        picture[part] = _going_on(picture[part], garment[part], moved, lap, seed)
    return picture


def _going_on(picture: Array, garment: Array, body: Body, lap: Lap, seed: int) -> Array:
    height, width = garment.shape
    columns = np.flatnonzero(garment.any(axis=0))
    upper = garment.argmax(axis=0)[columns]
    line = np.interp(np.arange(width), columns, upper).astype(np.float32)
    edge = cv2.GaussianBlur(line[None], (0, 0), max(1.0, 0.06 * body.unit))[0]
    y = np.arange(height, dtype=np.float32)[:, None]
    deep = shrink(garment, 0.05 * body.unit)
    deep = deep if deep.any() else garment
    lit = deep & (y > edge + 0.04 * body.unit)  # below what the old hem shades
    lit &= ~legs_part(body, lap, width)
    lit = lit if lit.any() else deep
    step = max(1, int(0.02 * body.unit))
    known = shrink(lit, step)[::step, ::step].astype(np.float32)
    colours = fill(cv2.blur(picture, (step, step))[::step, ::step], known)
    smooth = cv2.resize(blur(colours, 0.04 * body.unit / step), (width, height), interpolation=cv2.INTER_LINEAR)
    smooth += _step(picture, smooth, lit & (y < edge + 0.17 * body.unit), edge, body.unit)
    near = lit & (y < edge + 0.8 * body.unit)
    near = near if near.any() else lit
    first = lit & (y < edge + 0.3 * body.unit)  # thighs are worn paler
    tone = np.percentile(picture[first if first.any() else near], 60, axis=0)  # darker between legs than a lap is
    smooth += (tone - smooth) * 0.5 * ramp(edge - y, 0.0, 0.5 * body.unit)[..., None]
    pattern = patterned(picture, near, body.unit)
    if pattern < 1:
        going = ramp(lap.down(body, garment.shape), (BAND - 0.02) * body.unit, BAND * body.unit)
        lines, ribbed = upright(picture, garment, edge, body, lap)
        tile = texture(picture, near, body.unit, seed, WORN)
        if tile is not None:
            tile = np.exp(np.log(tile).mean(axis=2, keepdims=True))  # a weave varies in light, not in colour
            coarse = np.exp(blur(np.log(tile[..., 0]), FINE * body.unit))[..., None] - 1
            worn = 1 + tiled(coarse, garment.shape) * (1 - going)[..., None]  # a band is not worn in patches
            whole = tiled(tile, garment.shape) / worn
            smooth *= 1 + (0.85 - 0.35 * ribbed) * (1 - pattern) * (whole - 1)
        smooth += (1 - pattern) * lines * going[..., None]
    return smooth + pattern * mirrored(picture, garment, deep, edge, body.unit) if pattern > 0 else smooth


def out_of_shadow(picture: Array, garment: Array, upper: Array, body: Body) -> Array:
    """(h,w,3) float32: `picture` with the shadow lifted that the hem of an old top, `upper` (h,w) bool, throws on the
    `garment` (h,w) bool below it. A pattern stays as it is: it hides how the light falls."""
    height = len(garment)
    reach = max(4, round(SHADE * body.unit))
    columns = np.flatnonzero(garment.any(axis=0))
    first = garment.argmax(axis=0)[columns]
    close = np.clip(first - max(3, round(0.02 * body.unit)), 0, height - 1)
    columns, first = columns[upper[close, columns]], first[upper[close, columns]]
    if len(columns) < 0.2 * body.unit:
        return picture
    rows = first[None] + np.arange(round(1.3 * reach))[:, None]
    inside = (rows < height) & garment[np.minimum(rows, height - 1), columns]
    strips = luminance(picture[np.minimum(rows, height - 1), columns])
    light = np.array(
        [np.median(row[known]) if known.any() else np.nan for row, known in zip(strips, inside, strict=True)]
    )
    if not np.isfinite(light).all():
        return picture
    usual = np.median(light[reach:])
    lift = np.ones(garment.shape, np.float32)
    part = (slice(int(first.min()), min(height, int(first.max()) + len(light))), slice(columns[0], columns[-1] + 1))
    plain = 1 - patterned(picture[part], garment[part], body.unit)
    gain = np.clip(usual / np.maximum(light, 1.0), 1.0, LIFTED)
    gain = cv2.GaussianBlur(gain[None].astype(np.float32), (0, 0), 1.5)[0]
    gain = 1 + (gain - 1) * plain * ramp(np.arange(len(gain)), 1.3 * reach, reach)
    for column, start in zip(columns, first, strict=True):
        end = min(start + len(gain), height)
        lift[start:end, column] = gain[: end - start]
    share = smooth_mask(garment[part], 0.8) * garment[part]
    result = picture.copy()
    result[part] *= (1 + (cv2.GaussianBlur(lift[part], (0, 0), 0.02 * body.unit) - 1) * share)[..., None]
    return result


def legs_part(body: Body, lap: Lap, width: int) -> Array:
    """Boolean (w,): columns about the gap between the legs, in whose shade what is seen below an old hem begins; none
    where it begins above the crotch."""
    if lap.top <= body.trunk + (CROTCH - 0.20) * body.unit:
        return np.zeros(width, bool)
    middle = float(body.place(lap.middle, lap.top)[0])
    result: Array = np.abs(np.arange(width) - middle) < BETWEEN * body.unit
    return result


def _step(picture: Array, smooth: Array, meeting: Array, edge: Array, unit: float) -> Array:
    """(w,3) float32: how much lighter the garment is right below its upper `edge` (w,) px, where `meeting` (h,w) bool,
    than what goes on above it, `smooth` (h,w,3)."""
    count = meeting.sum(axis=0)
    known = np.flatnonzero(count)
    if not len(known):
        return np.zeros((len(edge), 3), np.float32)
    y = np.arange(len(meeting))[:, None]
    above = (y < edge) & (y > edge - 0.08 * unit)
    step = (picture * meeting[..., None]).sum(axis=0)[known] / count[known, None]
    step -= (smooth * above[..., None]).sum(axis=0)[known] / np.maximum(above.sum(axis=0), 1)[known, None]
    columns = np.arange(len(edge))
    whole = np.stack([np.interp(columns, known, step[:, channel]) for channel in range(3)], axis=1)
    result: Array = cv2.GaussianBlur(whole.astype(np.float32)[None], (0, 0), 0.08 * unit)[0]
    return result


def patterned(picture: Array, cloth: Array, unit: float) -> float:
    """0..1: how surely `cloth` (h,w) bool has a pattern rather than a weave and folds."""
    part = bounds(cloth)
    lab = cv2.cvtColor(picture[part] / np.float32(255), cv2.COLOR_RGB2LAB)
    off = np.abs(blur(lab, 0.02 * unit) - blur(lab, 0.08 * unit))[cloth[part]]
    middle = np.median(off, axis=0)
    return float(ramp(np.array(max(middle[0], 2 * middle[1], 2 * middle[2])), 3.2, 4.4))


def mirrored(picture: Array, garment: Array, deep: Array, edge: Array, unit: float) -> Array:
    """(h,w,3) float32: what `garment` (h,w) bool shows below its upper `edge` (w,) px, mirrored upwards, without its
    colour; `deep` (h,w) bool is its inside."""
    height, width = garment.shape
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    gap = 0.07 * unit
    source = np.where(y < edge + gap, 2 * (edge + gap) - y, y).astype(np.float32)
    turned = cv2.remap(picture, x, source, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT)
    valid = cv2.remap(shrink(garment, 3).astype(np.float32), x, source, cv2.INTER_LINEAR, borderValue=0)
    detail = turned - blur(turned, 0.06 * unit)
    # As strong as it is in the cloth itself: what is stronger is the gap between the legs.
    usual = 1.5 * float(np.percentile(largest(np.abs(detail))[deep], 80))
    result: Array = 0.8 * np.clip(detail, -usual, usual) * blur(np.clip(valid, 0, 1), 2.0)[..., None]
    return result


def upright(picture: Array, garment: Array, edge: Array, body: Body, lap: Lap) -> tuple[Array, float]:
    """(w,3) float32: what runs down `garment` (h,w) bool from its upper `edge` (w,) px: a fly, a crease, ribs; and 0..1
    how surely these are ribs, which are everywhere."""
    # Not next to the edge: the old hem shades it, and labels are less sure of it.
    rows = np.rint(edge[None] + np.linspace(0.07, 0.20, 12)[:, None] * body.unit).astype(int)
    rows = np.clip(rows, 0, len(garment) - 1)
    columns = np.broadcast_to(np.arange(len(edge)), rows.shape)
    known = shrink(garment, 0.02 * body.unit)[rows, columns].astype(np.float32)
    seen = fill(picture[rows, columns], known)
    details = seen - cv2.GaussianBlur(seen, (0, 0), 0.06 * body.unit)
    detail, spread = np.median(details, axis=0), details.std(axis=0).mean(axis=-1)
    sure, most = known.all(axis=0), 30.0
    if sure.any() and legs_part(body, lap, len(edge)).any():  # the gap between the legs is none of these
        most = 1.5 * float(np.percentile(np.abs(detail[sure]), 70))
        between = np.flatnonzero(legs_part(body, lap, len(edge)))
        beside = np.minimum(between + len(between), len(edge) - 1)
        detail[between], spread[between] = detail[beside], spread[beside]
    clear = ramp(np.abs(detail).max(axis=-1) / (spread + 0.5), 0.5, 1.1)  # a weave has no lines
    wide = 2 * max(1, round(0.02 * body.unit)) + 1
    soft = cv2.erode(sure.astype(np.float32)[None], np.ones((1, wide), np.float32))  # beside a gap nothing is known
    soft = cv2.GaussianBlur(soft, (0, 0), 0.25 * wide)[0]
    result: Array = np.clip(detail, -most, most) * (soft * clear)[:, None]
    ribbed = float(ramp(np.array(clear[sure].mean()), 0.4, 0.6)) if sure.any() else 0.0
    return result, ribbed
