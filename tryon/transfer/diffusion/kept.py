"""What a garment alone gives, made once for all seeds and kept for the next run.

Samples of one order, and two runs in a row with one garment at one size, differ in their seeds, which a garment's
features do not depend on. Only such features are kept, of one garment, as long as its model is loaded: they go with
the model when its memory is given back. Nothing of a person, and no picture: what they were made from is known by a
digest.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from tryon.transfer.diffusion.sampling import Place, drawn, drawn_from, posterior

if TYPE_CHECKING:
    from torch import Tensor

Features = Mapping[str, "Tensor"]


class Kept:
    """The last features of each name. A loaded model has one; where its networks wait in main memory, so do these."""

    def __init__(self, place: Place) -> None:
        self._place = place
        self._last: dict[str, tuple[bytes, Features]] = {}

    def once(self, name: str, given: tuple[Any, ...], make: Callable[[], Features]) -> Features:
        """`make()`, or what it gave for the same `given` (tensors and arrays, compared by values, form and type).

        All that the result depends on must be in `given`, but for the loaded networks.
        """
        key = digest(given)
        known = self._last.get(name)
        if known is not None and known[0] == key:
            return {part: value.to(self._place.device) for part, value in known[1].items()}
        self._last.pop(name, None)  # before the new ones take up room too
        made = make()
        self._last[name] = key, {part: value.to("cpu") for part, value in made.items()} if self._place.offload else made
        return made


def drawn_once(vae: Any, garment: Tensor, noise: Tensor, kept: Kept | None) -> Tensor:
    """As `drawn`, of a garment's picture: it is encoded once, and each seed draws from that."""
    if kept is None:
        return drawn(vae, garment, noise)
    return drawn_from(kept.once("posterior", (garment,), lambda: posterior(vae, garment)), noise)


def digest(given: tuple[Any, ...]) -> bytes:
    """Of the values, form and type of tensors and arrays."""
    import torch

    found = hashlib.blake2b(digest_size=32)
    for one in given:
        found.update(f"{one.dtype} {tuple(one.shape)} ".encode())
        if isinstance(one, torch.Tensor):  # as bytes, because numpy has no bfloat16
            one = one.detach().cpu().contiguous().flatten().view(torch.uint8).numpy()
        found.update(np.ascontiguousarray(one).data)
    return found.digest()
