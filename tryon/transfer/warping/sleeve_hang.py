"""How the cloth of a sleeve hangs: the line of its outer edge, and its widths along the arm."""

from __future__ import annotations

import numpy as np

from tryon.transfer.warping.arrays import Array, ramp
from tryon.transfer.warping.body import Side

STIFF = 0.35  # of what a short sleeve is wider than its arm: how far it may stand off beyond where it falls
CLOSE = (0.25, 1.0)  # shares of a short sleeve over which it comes to stand off: at its top it lies on the shoulder
GATHERED = (0.05, 0.5)  # of a sleeve's width: how far it is wider in its middle than towards its ends
PUFF = 0.2  # of its width: what a gathered sleeve, which its seams hold out, is seen wider than one that hangs


def bridged(line: Array, bent: int, outward: Array, most: float) -> Array:
    """(n,2) the outer edge `line` of a long sleeve with its hollows spanned above and below the elbow, its point
    `bent`, by no more than `most` px: cloth goes from what holds it up to what does next."""
    spans = spanned(line[: bent + 1], outward), spanned(line[bent:], outward)
    moved = np.concatenate([spans[0], spans[1][1:]]) - line
    far = np.linalg.norm(moved, axis=1, keepdims=True)
    result: Array = line + moved * np.minimum(1.0, most / np.maximum(far, 1e-6))
    return result


def fallen(line: Array, arm: Array, side: Side, thick: float) -> Array:
    """(n,2) the outer edge `line` of a short sleeve where cloth falls plumb from what holds it up, the shoulder and the
    edge of the `arm` (n,2) above; `thick` px thick, it stands off little more by itself, and the less the nearer it is
    to the shoulder that it lies on."""
    sign = -1.0 if side == "left" else 1.0
    held = np.maximum.accumulate(sign * arm[:, 0])
    off = sign * line[:, 0] - held
    result: Array = line.copy()
    loose = ramp(np.linspace(0, 1, len(line)), *CLOSE)
    result[:, 0] = sign * (held + np.minimum(off, loose * (thick + STIFF * np.maximum(off - thick, 0))))
    return result


def spanned(line: Array, outward: Array) -> Array:
    """(n,2) a line that spans its hollows as taut cloth does: its hull towards `outward`, at the same places along."""
    chord = line[-1] - line[0]
    length = max(float(np.linalg.norm(chord)), 1e-6)
    way = chord / length
    normal = np.array([-way[1], way[0]])
    normal = normal if normal @ outward > 0 else -normal
    along, off = np.maximum.accumulate((line - line[0]) @ way), (line - line[0]) @ normal
    kept = [0]
    while kept[-1] < len(line) - 1:  # the steepest next one
        i = kept[-1]
        slope = (off[i + 1 :] - off[i]) / np.maximum(along[i + 1 :] - along[i], 1e-3)
        kept.append(i + 1 + len(slope) - 1 - int(slope[::-1].argmax()))
    hull = np.maximum(off, np.interp(along, along[kept], off[kept]))
    result: Array = line + normal * (hull - off)[:, None]
    return result


def hanging(widths: Array, short: float) -> Array:
    """(n,) widths of a sleeve as it hangs from the shoulder: the taper of a short one, from the armhole to the hem, is
    not seen on an arm, only what is puffed beyond it; `short` 0..1: how far it is one."""
    straight = np.linspace(widths[0], widths[-1], len(widths))
    hung = widths[-1] * np.maximum(1.0, widths / np.maximum(straight, 1e-6))
    result: Array = widths + (np.minimum(hung, widths) - widths) * short
    return result


def without_cap(widths: Array, start: float, end: float, cap: float) -> Array:
    """(n,) widths of a sleeve from the arc length `start` to `end` without what its `cap`, px, is wider than all below
    it: where it is sewn in it goes on into the trunk, and a tube that wide would stand off the shoulder."""
    first = int(np.clip(np.ceil(cap / (end - start) * (len(widths) - 1)), 0, len(widths) - 1))
    result: Array = np.concatenate([np.minimum(widths[:first], widths[first:].max()), widths[first:]])
    return result


def held_out(widths: Array) -> Array:
    """(n,) widths of a sleeve, and more where it bulges between its armhole and where it is narrowest towards its end:
    there it is gathered, which holds it out all around the arm."""
    n = len(widths)
    last = n // 2 + int(widths[n // 2 :].argmin())
    line = np.interp(np.arange(n), [0, last], widths[[0, last]])
    bulge = np.where(np.arange(n) < last, widths / np.maximum(line, 1e-6) - 1, 0.0)
    result: Array = widths * (1 + PUFF * ramp(bulge, *GATHERED))
    return result
