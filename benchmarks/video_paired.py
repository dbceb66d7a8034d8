"""Both halves of guidance in one call of the denoiser."""

from __future__ import annotations

import types
from typing import Any

import torch

NOT_PAIRED = ("control_hidden_states_scale",)  # of the layers, not of the pictures


class Pair:
    """Answers a denoiser's two calls of a step, with the text and without, by one call for both.

    The first call does the work of both, which needs the second's text: it is that of the step before, and the first
    step makes two calls as ever.
    """

    def __init__(self, model: Any) -> None:
        self._plain, self._other, self._kept, self._turn = model.forward, None, None, 0
        pair = self

        def forward(model: Any, *args: Any, **words: Any) -> Any:
            return pair.answer(*args, **words)

        model.forward = types.MethodType(forward, model)

    def answer(self, *args: Any, **words: Any) -> Any:
        """One of the two calls, which alternate."""
        self._turn += 1
        if self._turn % 2 == 0:
            self._other = words["encoder_hidden_states"]
            kept, self._kept = self._kept, None
            return self._plain(*args, **words) if kept is None else (kept,)
        if self._other is None:
            return self._plain(*args, **words)
        both = {
            name: torch.cat([value, value]) if isinstance(value, torch.Tensor) and name not in NOT_PAIRED else value
            for name, value in words.items()
        }
        both["encoder_hidden_states"] = torch.cat([words["encoder_hidden_states"], self._other])
        first, second = self._plain(*args, **both)[0].chunk(2)
        self._kept = second
        return (first,)
