"""Prints and logos from the warped garment onto a diffusion result: the finest details only, where both agree.

An autoencoder at an eighth of the size cannot hold small letters. The warp has them sharp. Where the two pictures agree
about what is coarse (so the cloth lies in the same place), the fine detail of the warp takes the place of the model's.
"""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from tryon.masking import labelled
from tryon.types import Category, Dressed, Pixels

FINE = 0.004  # of the longer side: what is finer than this is detail
AGREED, APART = 12.0, 40.0  # difference of the coarse pictures up to which detail is taken, and from which it is not
WORN: dict[Category, tuple[str, ...]] = {"top": ("upper",), "dress": ("dress",), "bottom": ("pants", "skirt")}


def with_print(result: Dressed, guess: Dressed, category: Category) -> Dressed:
    """`result` with the fine detail of `guess` where the guess has the garment; alpha stays the result's."""
    share = detail_share(result.pixels, guess, category) * (result.alpha > 0)
    if not share.any():
        return result
    taken = share[..., None]
    fine, own = _fine(guess.pixels), _fine(result.pixels)
    pixels = np.rint(np.clip(result.pixels + taken * (fine - own), 0, 255)).astype(np.uint8)
    return Dressed(pixels=pixels, alpha=result.alpha, labels=result.labels, previews=result.previews)


def detail_share(pixels: Pixels, guess: Dressed, category: Category) -> NDArray[np.float32]:
    """(h, w) 0..1: how much of the guess's detail is taken."""
    if guess.labels is None:
        return np.zeros(pixels.shape[:2], np.float32)
    worn = (labelled(guess.labels, WORN[category]) & (guess.alpha > 200)).astype(np.float32)
    sigma = _sigma(pixels)
    inside = np.clip(2 * cv2.GaussianBlur(worn, (0, 0), sigma) - 1, 0, 1)
    apart = np.abs(_coarse(pixels) - _coarse(guess.pixels)).max(2)
    agreed = np.clip((APART - apart) / (APART - AGREED), 0, 1)
    # Along an edge coarse pictures run into what is beside it and seem to agree: the neighbourhood has to agree too.
    agreed = cv2.erode(agreed, np.ones((2 * round(4 * sigma) + 1,) * 2))
    return (inside * cv2.GaussianBlur(agreed, (0, 0), sigma)).astype(np.float32)


def _fine(pixels: Pixels) -> NDArray[Any]:
    fine: NDArray[Any] = pixels.astype(np.float32) - _coarse(pixels)
    return fine


def _coarse(pixels: Pixels) -> NDArray[Any]:
    return cv2.GaussianBlur(pixels.astype(np.float32), (0, 0), _sigma(pixels))


def _sigma(pixels: Pixels) -> float:
    return max(1.0, FINE * max(pixels.shape[:2]))
