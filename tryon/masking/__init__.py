"""Masks: where a new garment may be painted, label maps that published recipes read, and labels put right.

The mask follows the new garment as well as the old one (the commonest complaint about try-on systems is a mask that
keeps the old garment's length), and never takes in face, hair, hands, shoes or bag.
"""

from __future__ import annotations

from tryon.masking.agnostic import agnostic_mask
from tryon.masking.correct import corrected_labels, settled
from tryon.masking.maps import atr18, cihp20, labelled, lip20

__all__ = ["agnostic_mask", "atr18", "cihp20", "corrected_labels", "labelled", "lip20", "settled"]
