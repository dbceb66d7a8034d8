"""The light of the person's photo: how a garment that a catalogue shows in white light looks in it."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np

from tryon.transfer.warping.arrays import Array, ramp
from tryon.types import Garment, Photo, Pixels

WHITE = 99.0  # percentile of a photo's brightness that something white in it has
FULL = 220.0  # of 255: as bright as that it is a catalogue's light
DIM = 0.55  # the darkest light that a garment is put in: it must stay to be seen
PURE = (75, 92)  # per cent of saturation from which on a colour glares
GLARE = (185, 235)  # of 255: how bright it is for that
DARKER, PALER = 0.08, 9.0  # how much of it is lost, and how much of all colours comes in
BRIGHT, COLOURLESS = 150, 0.025  # of 255; and of its brightest channel, by which those of a grey wall differ
# Of a photo: measured on 17 people, 0.42 to 0.82 with a white or grey wall, 0 to 0.15 before all others.
GREY = (0.18, 0.35)
TINT = 0.7  # how far a colour of the brightest things is the light's: in a room of wood they may be brown


def scene_gain(pixels: Pixels) -> Array:
    """(3,) factors <= 1 for the colours (0..255, gamma-coded) of something that is seen in white light, to be seen in
    the light of the photo `pixels` (h,w,3).

    The white patch of the Retinex theory (Land and McCann, 1971): the brightest of each colour is taken for white.
    """
    small = cv2.resize(pixels, (96, 128), interpolation=cv2.INTER_AREA).reshape(-1, 3)
    white = np.maximum(np.percentile(small, WHITE, axis=0), 1.0)
    brightest = float(white.max())
    tint = TINT * (1 - grey_share(small))
    gain: Array = (1 - tint * (1 - white / brightest)) * np.clip(brightest / FULL, DIM, 1.0)
    return gain


def grey_share(colours: Array) -> float:
    """0..1: how sure it is that the light on `colours` (n,3), 0..255, is white, though skin may be the brightest there:
    much of what is bright has no colour at all, as a studio's wall."""
    least, most = colours.min(axis=1).astype(np.float32), colours.max(axis=1).astype(np.float32)
    grey = (most > BRIGHT) & (most - least < COLOURLESS * most)
    return float(ramp(grey.mean(), *GREY))


def tamed(pixels: Pixels) -> Pixels:
    """(h,w,3) a garment's photo whose glaring colours, as bright and pure as a screen can show, are as cloth shows them
    in a room: a little darker and paler, so that folds can be darker and lighter than that."""
    first, second, third = cv2.split(pixels)
    most, least = cv2.max(cv2.max(first, second), third), cv2.min(cv2.min(first, second), third)
    pure = cv2.subtract(most, least).astype(np.uint16) * 100 > PURE[0] * most.astype(np.uint16)
    found = pure & (most > GLARE[0])
    if found.mean() < 0.01:
        return pixels
    result, some = pixels.copy(), pixels[found].astype(np.float32)
    bright = most[found].astype(np.float32)
    purity = 100 * (1 - least[found] / bright)
    share = (ramp(purity, *PURE) * ramp(bright, *GLARE))[:, None]
    result[found] = np.rint(some * (1 - DARKER * share) + PALER * share)
    return result


def in_light_of(garment: Garment, pixels: Pixels) -> Garment:
    """The garment as it looks in the light of the photo `pixels` (h,w,3); itself where that is a catalogue's and no
    colour of it glares."""
    gain, own = scene_gain(pixels), tamed(garment.photo.pixels)
    if own is not garment.photo.pixels:
        garment = replace(garment, photo=Photo(own))
    if gain.min() > 0.97:
        return garment
    table = np.rint(np.arange(256)[:, None] * gain).astype(np.uint8)[None]
    return replace(garment, photo=Photo(cv2.LUT(garment.photo.pixels, table)))
