"""Reference attention: a garment UNet's tokens join the keys and values of a person UNet's self-attention.

The one mechanism of OOTDiffusion, IDM-VTON and Leffa, on stock diffusers UNets. A forward hook on `norm1` of every
transformer block of the garment UNet sees both forms of its tokens: the block's input and the norm's output. In the
person UNet an attn1 processor takes queries from the person's tokens only, keys and values from the person's tokens
followed by the garment's. That equals concatenating both, attending and keeping the person's half (rows of attention
are independent, LayerNorm works per token) at half the work. Blocks are matched by name.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Literal

import torch
import torch.nn.functional as F
from torch import Tensor, nn

Order = Literal["conditional_first", "unconditional_first"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Switches:
    """In what the systems differ."""

    tap: Literal["block_input", "norm_output"]  # which tokens of the garment's blocks are taken
    normalise: bool  # the person's own norm1 goes over them (they come from before a norm)
    unconditional: Literal["zero_latents", "zero_features"]  # what the half without garment attends to
    order: Order  # of the two halves of a guided batch


class _Enough(Exception):
    """Nothing behind the last tap of the garment UNet is needed."""


class Recorder:
    """Runs the garment UNet and keeps one set of tokens per transformer block."""

    def __init__(self, unet: nn.Module, tap: Literal["block_input", "norm_output"], *, stop_early: bool = True) -> None:
        """`stop_early` leaves the UNet after its last tap; not where hooks must see the end of every forward."""
        self.unet = unet
        self._stop_early = stop_early
        self._tokens: dict[str, Tensor] = {}
        self._names = tuple(transformer_blocks(unet))
        for name, block in transformer_blocks(unet).items():
            block.norm1.register_forward_hook(self._keeper(name, tap))

    def __call__(self, sample: Tensor, timestep: Tensor | int, context: Tensor | None) -> dict[str, Tensor]:
        """Block name -> tokens (rows, length, width)."""
        self._tokens = {}
        with suppress(_Enough):
            self.unet(sample, timestep, encoder_hidden_states=context)
        tokens, self._tokens = self._tokens, {}
        return tokens

    def _keeper(self, name: str, tap: str) -> Any:
        def keep(norm: nn.Module, inputs: tuple[Tensor, ...], output: Tensor) -> None:
            self._tokens[name] = inputs[0] if tap == "block_input" else output
            if self._stop_early and len(self._tokens) == len(self._names):
                raise _Enough

        return keep


class Reader:
    """Lets every self-attention of the person UNet read `tokens`, block name -> (rows, length, width)."""

    def __init__(self, unet: nn.Module, *, normalise: bool) -> None:
        self._tokens: Mapping[str, Tensor] = {}
        self._projected: dict[str, tuple[Tensor, Tensor]] = {}
        for name, block in transformer_blocks(unet).items():
            block.attn1.set_processor(_Reading(self, name, block.norm1 if normalise else None))

    @property
    def tokens(self) -> Mapping[str, Tensor]:
        return self._tokens

    @tokens.setter
    def tokens(self, tokens: Mapping[str, Tensor]) -> None:
        self._tokens = tokens
        self._projected = {}

    def projected(self, name: str, attention: Any, norm: nn.Module | None) -> tuple[Tensor, Tensor] | None:
        """Keys and values of a block's garment tokens; made once for tokens that serve several steps."""
        if name not in self._tokens:
            return None
        if name not in self._projected:
            tokens = self._tokens[name] if norm is None else norm(self._tokens[name])
            self._projected[name] = attention.to_k(tokens), attention.to_v(tokens)
        return self._projected[name]


class _Reading:
    """The attn1 processor of one block."""

    def __init__(self, reader: Reader, name: str, norm: nn.Module | None) -> None:
        self._reader, self._name, self._norm = reader, name, norm

    def __call__(
        self,
        attn: Any,
        hidden_states: Tensor,
        encoder_hidden_states: Tensor | None = None,
        attention_mask: Tensor | None = None,
        temb: Tensor | None = None,
        **unused: object,
    ) -> Tensor:
        keys, values = attn.to_k(hidden_states), attn.to_v(hidden_states)
        garment = self._reader.projected(self._name, attn, self._norm)
        if garment is not None:
            keys, values = torch.cat([keys, garment[0]], dim=1), torch.cat([values, garment[1]], dim=1)
        query, keys, values = (_heads(x, attn.heads) for x in (attn.to_q(hidden_states), keys, values))
        mixed = F.scaled_dot_product_attention(query, keys, values)
        return attn.to_out[1](attn.to_out[0](mixed.transpose(1, 2).flatten(2)))


class ReferenceAttention:
    """Garment UNet and person UNet coupled."""

    def __init__(self, garment: nn.Module, person: nn.Module, switches: Switches, *, stop_early: bool = True) -> None:
        self.switches = switches
        self._record = Recorder(garment, switches.tap, stop_early=stop_early)
        self._reader = Reader(person, normalise=switches.normalise)

    def look(self, garment: Tensor, timestep: Tensor | int, context: Tensor | None = None) -> None:
        """Makes the person UNet's next steps attend to a garment.

        garment: (n, 4, h, w) latents. `context`: what the garment UNet's cross-attention reads, with as many rows as
        it is fed: 2 n when the unconditional half looks at zero latents, else n.
        """
        switches = self.switches
        if switches.unconditional == "zero_latents":
            garment = halves(torch.zeros_like(garment), garment, switches.order)
        tokens = self._record(garment, timestep, context)
        if switches.unconditional == "zero_features":
            tokens = {name: halves(torch.zeros_like(own), own, switches.order) for name, own in tokens.items()}
        self._reader.tokens = tokens

    @property
    def tokens(self) -> Mapping[str, Tensor]:
        """What the person UNet attends to now."""
        return self._reader.tokens

    def forget(self) -> None:
        """Frees the tokens."""
        self._reader.tokens = {}


def halves(unconditional: Tensor, conditional: Tensor, order: Order) -> Tensor:
    """A guided batch, (n, ...) and (n, ...) -> (2 n, ...)."""
    first, second = (unconditional, conditional) if order == "unconditional_first" else (conditional, unconditional)
    return torch.cat([first, second])


def split(batch: Tensor, order: Order) -> tuple[Tensor, Tensor]:
    """(2 n, ...) -> unconditional and conditional half."""
    first, second = batch.chunk(2)
    return (first, second) if order == "unconditional_first" else (second, first)


def guided(batch: Tensor, scale: float, order: Order) -> Tensor:
    """Classifier-free guidance, u + scale (c - u): (2 n, ...) -> (n, ...)."""
    unconditional, conditional = split(batch, order)
    return unconditional + scale * (conditional - unconditional)


def transformer_blocks(unet: nn.Module) -> dict[str, Any]:
    """Name -> transformer block, in the order of the modules: down, up, mid."""
    return {
        name: module
        for name, module in unet.named_modules()
        if all(hasattr(module, part) for part in ("norm1", "attn1", "norm2", "attn2"))
    }


def _heads(tokens: Tensor, heads: int) -> Tensor:
    return tokens.unflatten(-1, (heads, -1)).transpose(1, 2)
