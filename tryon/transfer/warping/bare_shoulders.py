"""Cloth on bare shoulders goes up to their outline: no line of skin is left above it."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np

from tryon.masking.areas import bounds
from tryon.transfer.warping.arrays import Array, grow, rounded_mask
from tryon.transfer.warping.body import Body
from tryon.transfer.warping.layers import Dressing, Layer
from tryon.transfer.warping.reading import Regions

SLIVER = 0.022  # shoulder distances: skin on a shoulder no higher than that above the cloth is a line rather than skin
LINE = 0.10  # shoulder distances: a shorter one is an edge's unevenness


def over_shoulders(dressing: Dressing, body: Body, regions: Regions) -> Dressing:
    """The layers with each's cloth going on up to the outline of bare shoulders that it lies just below."""
    worn = dressing.alpha > 0.5
    high = body.along(worn.shape) < 0
    reach = max(2, round(SLIVER * body.unit))
    part = bounds(worn & high, 2 * reach + 2)
    if not worn[part].size:
        return dressing
    above = np.ones((2 * reach + 1, 1), np.uint8)
    above[reach + 1 :] = 0
    below = above[::-1]  # what has cloth below it, not beside it
    near = cv2.dilate(worn[part].astype(np.uint8), below) > 0
    seen = near & high[part] & ~worn[part] & grow(regions.skin[part], 2) & ~regions.hair[part]
    rims = seen & (cv2.dilate((~(near | worn[part] | regions.person[part])).astype(np.uint8), above) > 0)
    _, index, stats, _ = cv2.connectedComponentsWithStats(rims.astype(np.uint8))
    rims &= (stats[:, cv2.CC_STAT_WIDTH] > LINE * body.unit)[index]
    if not rims.any():
        return dressing
    soft = max(1.0, 0.004 * body.unit)
    layers = []
    for layer in dressing.layers:
        own = np.zeros_like(worn)
        own[part] = rims & (cv2.dilate((layer.alpha[part] > 0.5).astype(np.uint8), below) > 0)
        layers.append(spread(layer, own, soft) if own.any() else layer)
    return replace(dressing, layers=layers)


def spread(layer: Layer, rims: Array, soft: float) -> Layer:
    """A layer whose cloth goes on over `rims` (h,w) bool beside it, mirrored in its edge, so that a pattern stays one,
    with an edge about `soft` px wide that goes on evenly."""
    window = bounds(rims, 12)
    solid = layer.alpha[window] > 0.95
    if not solid.any():
        return layer
    _, place = cv2.distanceTransformWithLabels(
        (~solid).astype(np.uint8), cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL
    )
    own = np.zeros((int(place.max()) + 1, 2), int)
    own[place[solid]] = np.argwhere(solid)
    near = grow(rims[window], 4 * soft) & ~solid
    edge = own[place[near]]
    inside = np.clip(2 * edge - np.argwhere(near), 0, np.array(solid.shape) - 1)
    inside = np.where(solid[inside[:, 0], inside[:, 1]][:, None], inside, edge)
    rgb, alpha = layer.rgb.copy(), layer.alpha.copy()
    rgb[window][near] = layer.rgb[window][inside[:, 0], inside[:, 1]]
    whole = rounded_mask(rims[window] | (alpha[window] > 0.5), 3 * soft) * near
    alpha[window] = np.maximum(alpha[window], whole)
    return replace(layer, rgb=rgb, alpha=alpha)
