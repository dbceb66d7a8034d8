"""A top that hangs over a skirt which hides part of a forearm: no sliver of that skirt is seen between them."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np

from tryon.masking.areas import bounds
from tryon.transfer.warping.arrays import Array, grow, rounded_mask
from tryon.transfer.warping.body import SIDES, Body
from tryon.transfer.warping.layers import Dressing, Layer
from tryon.transfer.warping.limbs import behind_skirt
from tryon.transfer.warping.reading import Regions
from tryon.transfer.warping.skin import Figure
from tryon.transfer.warping.undress import beside_top

HIPS = 0.5  # of the trunk: from where on a dress's skirt counts as one
EDGE = 0.010  # shoulder distances: its pixels are of both
SLOPE, ROUND = 0.3, 1.0  # px outwards per px along the side: how cloth begins to stand off, how a hem's corner ends


def over_skirt(dressing: Dressing, body: Body, regions: Regions, figure: Figure) -> Dressing:
    """The layers with the trunk's cloth going on over thin rims of a skirt as far as the arms beside them."""
    hidden = np.zeros(regions.person.shape, bool)
    for side in SIDES:
        arc = figure.along["arms", side]
        if behind_skirt(body.arms[side], figure.core * (arc > 0), arc, regions.lower):
            hidden |= grow(arc > 0, 0.05 * body.unit)
    trunks = [layer for layer in dressing.layers if layer.name.startswith("trunk")]
    if not hidden.any() or not trunks:
        return dressing
    covers = regions.lower | (regions.one_piece & (body.along(hidden.shape) > HIPS * body.trunk))
    covers = grow(covers, EDGE * body.unit)
    rims = tapered(beside_top(body, covers, dressing.alpha > 0.5, np.inf) & hidden, dressing.alpha > 0.5, body)
    if not rims.any():
        return dressing
    widest = max(trunks, key=lambda layer: float(layer.alpha.sum()))
    layers = [
        spread(layer, rims, max(1.0, 0.006 * body.unit)) if layer is widest else layer for layer in dressing.layers
    ]
    return replace(dressing, layers=layers)


def tapered(rims: Array, worn: Array, body: Body) -> Array:
    """What of `rims` (h,w) bool cloth covers beside a top, `worn` (h,w) bool: it begins aslant, and ends where the hem
    of that side does."""
    if not rims.any():
        return rims
    part = bounds(rims, 12)
    beside = worn[part] & grow(rims[part], 2)
    if not beside.any():
        return rims
    along = body.along(rims.shape)[part]
    first, last = (float(end) for end in np.percentile(along[beside], (0, 98)))
    off = cv2.distanceTransform((~worn[part]).astype(np.uint8), cv2.DIST_L2, 3)
    room = np.minimum(SLOPE * (along - first), ROUND * (last - along))
    result = np.zeros_like(rims)
    result[part] = rims[part] & (off <= room)
    return result


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
