"""Colours of areas as histograms in Lab, and which of two areas a pixel resembles."""

from __future__ import annotations

import cv2
import numpy as np

from tryon.masking.maps import Array

BINS = 24  # bins per axis
ALIKE = 0.5  # overlap of two areas' colours from which on they tell nothing
HUED = 5.0  # 8-bit Lab: areas that differ by less in a and b have one hue
SHADES = np.linspace(0.25, 0.9, 8)  # of its own light: cloth in the shadow of a hem
_SMOOTH = (np.roll(np.eye(BINS), 1, 0) + 2 * np.eye(BINS) + np.roll(np.eye(BINS), -1, 0)) / 4


def colour_share(lab: Array, mask: Array) -> Array:
    """Normalised histogram (BINS,BINS,BINS) of the colours under a mask, smoothed a little."""
    values = (lab[mask] // (256 // BINS + 1)).astype(np.intp)
    flat = (values[:, 0] * BINS + values[:, 1]) * BINS + values[:, 2]
    counts = np.bincount(flat, minlength=BINS**3).astype(np.float64).reshape(BINS, BINS, BINS)
    for _ in range(3):  # each turn smooths the first axis and makes it the last
        counts = (counts.reshape(BINS, -1).T @ _SMOOTH).reshape(BINS, BINS, BINS)
    result: Array = counts / counts.sum()
    return result


def overlap(first: Array, second: Array) -> float:
    """Bhattacharyya's coefficient of two histograms of `colour_share`: 0 nothing in common, 1 the same."""
    return float(np.sqrt(first * second).sum())


def seen_in(lab: Array, share: Array) -> Array:
    """(h,w): for every pixel the share of its colour in a histogram of `colour_share`."""
    first, second, third = (plane.astype(np.intp) for plane in cv2.split(lab // (256 // BINS + 1)))
    result: Array = share.ravel()[(first * BINS + second) * BINS + third]
    return result


def colour_odds(lab: Array, first: Array, second: Array, floor: float) -> Array:
    """(h,w) float32 log odds that a pixel is of the first histogram; `floor`: share of a colour that neither has."""
    return seen_in(lab, np.log((first + floor) / (second + floor)).astype(np.float32))


def of_hue(parts: Array, lab: Array, own: Array, other: Array) -> Array:
    """The connected parts of `parts` (h,w) bool that are nearer to `own` than to `other` in hue, where those differ.

    The shaded half of a white top may be as dark as faded denim, but it is not blue.
    """
    hues = [np.median(lab[core][:, 1:], axis=0) for core in (own, other)]
    if not parts.any() or float(np.linalg.norm(hues[0] - hues[1])) < HUED:
        return parts
    count, index = cv2.connectedComponents(parts.astype(np.uint8))
    kept = np.zeros(count, bool)
    for k in range(1, count):
        off = [float(np.linalg.norm(np.median(lab[index == k][:, 1:], axis=0) - hue)) for hue in hues]
        kept[k] = off[0] < off[1]
    result: Array = kept[index]
    return result


def in_shade_of(colours: Array, other: Array, cloth: Array) -> Array:
    """(n,) bool: which RGB `colours` (n,3) uint8 are more like `other` (3,) in the shadow of a hem than like `cloth`
    (3,)."""
    shades = np.vstack([cloth, SHADES[:, None] * other])
    lab = cv2.cvtColor(np.vstack([shades, colours])[None].astype(np.uint8), cv2.COLOR_RGB2LAB)[0].astype(np.float32)
    own, dark, seen = lab[0], lab[1 : len(shades)], lab[len(shades) :]
    nearest = np.linalg.norm(seen[:, None] - dark, axis=2).min(axis=1)
    result: Array = nearest < np.linalg.norm(seen - own, axis=1)
    return result
