"""How the garments of an order are to be worn, and what of it cannot be."""

from __future__ import annotations

from collections.abc import Mapping

from tryon.notes import note
from tryon.parsing.wearing import ways_to_wear
from tryon.spec import TransferSpec
from tryon.transfer.warping.wishes import read_wishes
from tryon.types import WEARS, Garment, Job, Note, Wear

# What a model that reads sentences is told.
WORN: Mapping[Wear, str] = {"tucked": "tucked in", "open": "worn open", "rolled": "sleeves rolled up"}


def styled(job: Job) -> str:
    """The sentence as a try-on model reads it: what was typed, and how the garments are to be worn."""
    return ", ".join(filter(None, (job.prompt, *(WORN[one] for one in job.wear))))


def wear_notes(job: Job, spec: TransferSpec, garments: tuple[Garment, ...]) -> tuple[Note, ...]:
    """What was asked for, by choice or in the sentence, and no garment of the order can do or the model not read."""
    if "prompt" not in spec.reads:
        return (note("wear_not_read", model=spec.title),) if job.wear else ()
    wishes = read_wishes(styled(job))
    asked = {one for one in WEARS if getattr(wishes, one)}
    possible = {way for garment in garments for way in ways_to_wear(garment)}
    return tuple(note(f"wear_not_{one}") for one in WEARS if one in asked - possible)
