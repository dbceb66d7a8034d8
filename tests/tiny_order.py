"""A drawn order at working size, for tests that need no torch."""

from __future__ import annotations

from typing import Any

from tests.drawing import draw_person, draw_tshirt
from tryon.masking import agnostic_mask
from tryon.types import Box, Fitting


def an_order(width: int = 96, height: int = 128, **changes: Any) -> Fitting:
    """A drawn person at working size who gets a drawn T-shirt."""
    person, garment = draw_person(width, height), draw_tshirt()
    values: dict[str, Any] = {
        "person": person,
        "garments": (garment,),
        "category": "top",
        "mask": agnostic_mask(person, (garment,), "top"),
        "crop": Box(0, 0, width, height),
        "prompt": "",
        "seed": 7,
        "steps": 4,
        "guidance": 2.0,
    }
    return Fitting(**{**values, **changes})
