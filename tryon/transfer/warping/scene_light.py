"""The light of the person's photo: how a garment that a catalogue shows in white light looks in it."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np

from tryon.transfer.warping.arrays import Array
from tryon.types import Garment, Photo, Pixels

WHITE = 99.0  # percentile of a photo's brightness that something white in it has
FULL = 220.0  # of 255: as bright as that it is a catalogue's light
DIM = 0.55  # the darkest light that a garment is put in: it must stay to be seen
TINT = 0.7  # how far a colour of the brightest things is the light's: in a room of wood they may be brown


def scene_gain(pixels: Pixels) -> Array:
    """(3,) factors <= 1 for the colours (0..255, gamma-coded) of something that is seen in white light, to be seen in
    the light of the photo `pixels` (h,w,3).

    The white patch of the Retinex theory (Land and McCann, 1971): the brightest of each colour is taken for white.
    """
    small = cv2.resize(pixels, (96, 128), interpolation=cv2.INTER_AREA).reshape(-1, 3)
    white = np.maximum(np.percentile(small, WHITE, axis=0), 1.0)
    brightest = float(white.max())
    gain: Array = (1 - TINT * (1 - white / brightest)) * np.clip(brightest / FULL, DIM, 1.0)
    return gain


def in_light_of(garment: Garment, pixels: Pixels) -> Garment:
    """The garment as it looks in the light of the photo `pixels` (h,w,3); itself where that is a catalogue's."""
    gain = scene_gain(pixels)
    if gain.min() > 0.97:
        return garment
    table = np.rint(np.arange(256)[:, None] * gain).astype(np.uint8)[None]
    return replace(garment, photo=Photo(cv2.LUT(garment.photo.pixels, table)))
