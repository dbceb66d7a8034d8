"""A skirt as a layer of its own over the legs, so that it can swing without dragging them along."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from tryon.types import LABEL
from tryon.video.relief.borders import border_by_colour
from tryon.video.relief.rig import Rig

Array = NDArray[Any]

SKIRTS = tuple(LABEL[n] for n in ("dress", "skirt", "jumpsuit"))
LEGS = tuple(LABEL[n] for n in ("left_leg", "right_leg", "socks", "left_shoe", "right_shoe", "pants"))


SWING = 0.09  # trunk lengths: more than a skirt moves against the body


@dataclass(frozen=True, slots=True, kw_only=True)
class Skirt:
    """The cloth that swings: its layer, and how to take it from the figure's other textures."""

    layer: Array  # (h, w, 4) premultiplied RGBA
    taken: Array  # (h, w) 0..1 of the texture that only the layer shows
    legs: Array  # (h, w, 4) what is behind the cloth: the legs run on upwards


def find_skirt(texture: Array, at: tuple[int, int], labels: Array, rig: Rig, known: bool) -> Skirt | None:
    """None where nothing hangs free over legs. `labels` (h,w) lie on the texture, whose corner is at canvas `at`; where
    they are `known` by who put the cloth on, its border is where they say, else where the colours change."""
    unit = rig.bones.trunk
    loose = _on_texture(rig.hem, at, texture.shape, rig)
    cloth = np.isin(labels, SKIRTS) & (loose > 0.01)
    if cloth.sum() < 0.1 * unit**2:
        return None
    legs = np.isin(labels, LEGS) & (texture[..., 3] > 60)
    if not known:
        cloth = border_by_colour(texture, cloth, legs, max(4, round(0.03 * unit)))
    size = max(3, round(0.02 * unit)) | 1
    near = cv2.dilate(cloth.astype(np.uint8), np.ones((size, size), np.uint8)) > 0
    others = (labels > 0) & ~np.isin(labels, SKIRTS + LEGS)
    hem = _lowest(cloth)
    below = np.arange(cloth.shape[0])[:, None] - hem[None]  # rows under the hem
    # Its soft edge goes with the cloth, below the hem and beside it; otherwise it would stay behind as a hairline.
    mixed = max(3.0, 0.016 * unit)
    rows = np.arange(cloth.shape[0])[:, None]
    rim = near & ~others & (rows - cv2.dilate(hem[None], np.ones((1, size))) <= mixed)
    mask = cloth | (rim & ~(legs & ~cloth))
    share = cv2.GaussianBlur(mask.astype(np.float32), (0, 0), 1.0) * (loose > 0.01)
    share[texture[..., 3] == 0] = 0
    # The body keeps its own cloth where the layer hardly moves and beside hands, so that no seam lets light through.
    held = cv2.GaussianBlur(others.astype(np.float32), (0, 0), max(1.0, 0.012 * unit))
    taken = share * np.clip((loose - 0.06) / 0.06, 0, 1) * np.clip(1 - 4 * held, 0, 1)
    taken *= 1 - _always_behind(cloth, (texture[..., 3] < 128) | legs, unit)
    # Just under the hem the photo's pixels are cloth and skin mixed: there too the legs behind run on.
    low = _level(hem, unit) + mixed
    band = legs & (below >= -2) & (rows < low[None])
    both = cv2.GaussianBlur((mask | band).astype(np.float32), (0, 0), 0.8)  # as one, or a line stays between the two
    taken = np.maximum(taken, both * cv2.dilate(band.astype(np.uint8), np.ones((7, 7), np.uint8)))
    layer = np.rint(texture * (share * np.clip((loose - 0.01) / 0.03, 0, 1))[..., None]).astype(np.uint8)
    bare = (cv2.dilate(legs.astype(np.uint8), np.ones((5, 5), np.uint8)) > 0) & (rows >= low[None]) & ~cloth & ~others
    slope = _slopes(texture.shape, at, rig)
    return Skirt(layer=layer, taken=taken, legs=_legs(texture, bare, low + 2, slope, unit))


def _always_behind(cloth: Array, others: Array, unit: float) -> Array:
    """(h,w) 0..1: far from where the cloth borders on ground or legs, `others`; there cloth that swings only uncovers
    more of itself, and a hand before it leaves no hole."""
    reach = 2 * round(SWING * unit) + 1
    rim = cloth & (cv2.dilate(others.astype(np.uint8), np.ones((7, 7), np.uint8), borderValue=0) > 0)
    near = cv2.dilate(rim.astype(np.uint8), np.ones((reach, reach), np.uint8), borderValue=0)
    return cv2.GaussianBlur((near == 0).astype(np.float32), (0, 0), 1.0)


def beneath(texture: Array, skirt: Skirt) -> Array:
    """The texture without the skirt's layer, legs run on where it was."""
    rest = texture * (1 - skirt.taken)[..., None]
    clear = 1 - rest[..., 3:] / 255.0
    return np.rint(rest + skirt.legs * np.minimum(clear, skirt.taken[..., None])).astype(np.uint8)


def _on_texture(field: Array, at: tuple[int, int], shape: tuple[int, ...], rig: Rig) -> Array:
    across = (at[0] + np.arange(shape[1], dtype=np.float32) - rig.x0) / rig.cell
    down = (at[1] + np.arange(shape[0], dtype=np.float32) - rig.y0) / rig.cell
    x, y = np.meshgrid(across, down)
    return cv2.remap(field, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)


def _lowest(cloth: Array) -> Array:
    """(w,) float32 the lowest row of cloth per column, steadied; far above where there is none."""
    height = cloth.shape[0]
    low = height - 1 - np.argmax(cloth[::-1], axis=0)
    hem = np.where(cloth.any(axis=0), low, -height).astype(np.float32)
    return cv2.dilate(hem[None], np.ones((1, 7)))[0]


def _level(hem: Array, unit: float) -> Array:
    """(w,) the hem without its pleats: as low as it is anywhere nearby, smooth."""
    size = max(3, round(0.25 * unit)) | 1
    low = cv2.dilate(hem[None], np.ones((1, size)))
    known = (low > 0).astype(np.float32)
    sigma = max(1.0, 0.05 * unit)
    smooth = cv2.GaussianBlur(np.maximum(low, 0), (0, 0), sigma) / np.maximum(
        cv2.GaussianBlur(known, (0, 0), sigma), 1e-3
    )
    return np.where(known[0] > 0, np.maximum(smooth, low)[0], hem)


def _slopes(shape: tuple[int, ...], at: tuple[int, int], rig: Rig) -> Array:
    """(1,w) px to the side per px downwards of the shin that is nearest to a column."""
    bones = rig.bones
    x = at[0] + np.arange(shape[1], dtype=np.float32)
    slopes, away = [], []
    for side in (0, 1):
        knee, ankle = bones.knees[side], bones.ankles[side]
        slopes.append(float(np.clip((ankle[0] - knee[0]) / max(1.0, ankle[1] - knee[1]), -0.5, 0.5)))
        away.append(np.abs(x - (knee[0] + ankle[0]) / 2))
    return np.where(away[0] < away[1], slopes[0], slopes[1])[None].astype(np.float32)


def _legs(texture: Array, legs: Array, hem: Array, slope: Array, unit: float) -> Array:
    """Premultiplied RGBA in the cloth's place: what lies below row `hem`, mirrored there, a leg along its own way."""
    height, width = legs.shape
    bare = np.where(legs[..., None], texture, 0)
    rows = np.arange(height, dtype=np.float32)[:, None]
    up = hem[None] - rows
    reach = 0.2 * unit
    source = np.where((up >= -8) & (up < reach), hem[None] + np.abs(up), -10).astype(np.float32)
    columns = np.arange(width, dtype=np.float32)[None] + slope * 2 * np.maximum(up, 0)
    mirrored = cv2.remap(bare, columns.astype(np.float32), source, cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT)
    fade = np.clip((reach - up) / (0.05 * unit), 0, 1) * (up >= -8)
    return np.rint(mirrored * fade[..., None]).astype(np.uint8)
