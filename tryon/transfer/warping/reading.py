"""What every pixel of the person's photo is, for dressing: masks from the corrected label map."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tryon.masking import corrected_labels, labelled
from tryon.transfer.warping.arrays import Array
from tryon.transfer.warping.body import Body
from tryon.types import Category, Person

CLOTHES = ("upper", "coat", "dress", "jumpsuit", "scarf")
BOTTOMS = ("skirt", "pants", "belt")
ARMS = ("left_arm", "right_arm")
LEGS = ("left_leg", "right_leg")
HANDS = ("left_hand", "right_hand", "gloves")
HEAD = ("face", "hair", "hat", "sunglasses")
WAIST = 0.72  # share of the trunk at which a dress parts into top and skirt


@dataclass(frozen=True, kw_only=True)
class Regions:
    """Boolean (h,w) masks of the photo."""

    person: Array
    upper: Array  # what covers the upper body
    lower: Array  # what covers hips and legs
    skin: Array  # bare neck, chest, arms, legs (not face, not hands)
    hands: Array
    face: Array
    hair: Array
    held: Array  # bags
    feet: Array  # shoes and socks
    arms: Array  # whole arms without hands, bare or in sleeves; overlaps `skin` and `upper`

    def old(self, category: Category) -> Array:
        """What the new garment replaces."""
        if category == "top":
            return self.upper
        if category == "bottom":
            return self.lower
        return self.upper | self.lower


def read_regions(person: Person, body: Body) -> Regions:
    """Masks from labels, with sleeves and skin told apart by colour where labels are unsure."""
    labels = corrected_labels(person)
    one_piece = labelled(labels, ("dress", "jumpsuit"))
    height, width = labels.shape
    y, x = np.mgrid[0:height, 0:width]
    along = (x - body.origin[0]) * body.down[0] + (y - body.origin[1]) * body.down[1]
    below = along > WAIST * body.trunk
    return Regions(
        person=labels > 0,
        upper=labelled(labels, ("upper", "coat", "scarf")) | (one_piece & ~below),
        lower=labelled(labels, BOTTOMS) | (one_piece & below),
        skin=labelled(labels, ("neck", *ARMS, *LEGS)),
        hands=labelled(labels, HANDS),
        face=labelled(labels, ("face", "sunglasses")),
        hair=labelled(labels, ("hair", "hat")),
        held=labelled(labels, ("bag",)),
        feet=labelled(labels, ("left_shoe", "right_shoe", "socks")),
        arms=labelled(labels, ARMS) | (labelled(labels, CLOTHES) & (person.parts >= 15) & (person.parts <= 22)),
    )
