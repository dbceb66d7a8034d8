"""The border of a top and what is worn below it, where a hem lies over another cloth: by the colours of both."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from tryon.masking.areas import bounds, dilated, eroded, solid, touching
from tryon.masking.colours import in_shade_of
from tryon.masking.likeness import likeness_of
from tryon.masking.maps import BOTTOMS, Array, labelled

REACH = 0.07  # shoulder distances by which a hem's label may be wrong
ALIKE = 0.9  # a patterned skirt has the white of a blouse too, but not all of it
FILL = 0.025  # shoulder distances
PIECES = ("upper", "coat")


def with_fine_hem(labels: NDArray[np.uint8], pixels: Array, unit: float) -> NDArray[np.uint8]:
    """Labels (h,w) with the border of top and bottom where the photo `pixels` (h,w,3) uint8 has it; `unit` is the
    shoulder distance, px. Told on every other pixel; cloths of the same colours keep the border that they have."""
    upper, lower = labelled(labels, PIECES), labelled(labels, BOTTOMS)
    meeting = dilated(upper[::4, ::4], 0.25 * REACH * unit) & dilated(lower[::4, ::4], 0.25 * REACH * unit)
    if meeting.sum() < 20:
        return labels
    room = round(3 * REACH * unit)
    window = tuple(slice(max(0, 4 * part.start - room), 4 * part.stop + room) for part in bounds(meeting))
    part, step = labels[window], 2 if unit > 120 else 1
    size = (part.shape[1] // step, part.shape[0] // step)
    few = cv2.resize(part, size, interpolation=cv2.INTER_NEAREST)
    own = labelled(few, PIECES)
    core = eroded(own, REACH * unit / step)
    below = labelled(few, BOTTOMS) & ~dilated(own, REACH * unit / step)
    if min(core.sum(), below.sum()) < 200:
        return labels
    small = cv2.resize(pixels[window], size, interpolation=cv2.INTER_AREA)
    seen = likeness_of(few, small, own, core, core, (BOTTOMS,), REACH * unit / step, False, ALIKE)
    if not seen.told:
        return labels
    likely = cv2.resize(seen.likely, part.shape[1::-1], interpolation=cv2.INTER_LINEAR)
    lost, won = upper[window] & (likely < 0), lower[window] & (likely > 0)
    middles = (np.median(small[plane], axis=0) for plane in (below, core))
    won[won] = ~in_shade_of(pixels[window][won], *middles)
    # What a top's edge and an arm beside it both blur is as thin as a line.
    thick = touching(solid(lost, max(1.0, 0.012 * unit)), lower[window], 2.0, 0)
    lost = touching(lost & (thick | dilated(lower[window], FILL * unit)), lower[window], 2.0, 0)
    pattern = ~dilated(~dilated(lost | lower[window], FILL * unit), FILL * unit)  # colours of the top in it
    lost |= upper[window] & pattern & dilated(lost, FILL * unit)
    result = labels.copy()
    result[window][lost] = np.bincount(labels[lower]).argmax()
    result[window][won] = np.bincount(labels[upper]).argmax()
    return result
