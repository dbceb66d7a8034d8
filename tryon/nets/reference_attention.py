"""Reference attention: a garment UNet's tokens join the keys and values of a person UNet's self-attention.

The one mechanism of OOTDiffusion, IDM-VTON, Leffa and ViViD, on stock diffusers UNets. A forward hook on `norm1` of
every transformer block of the garment UNet sees both forms of its tokens: the block's input and the norm's output. In
the person UNet an attn1 processor takes queries from the person's tokens only, keys and values from the person's tokens
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
    # What the half without garment attends to: tokens of zero latents, zeros for tokens, only itself.
    unconditional: Literal["zero_latents", "zero_features", "itself"]
    order: Order  # of the two halves of a guided batch
    every_step: bool = False  # the garment is looked at anew in every step
    additive: bool = False  # what the garment's own self-attention gave is added to that of the half with garment


class _Enough(Exception):
    """Nothing behind the last tap of the garment UNet is needed."""


class Recorder:
    """Runs the garment UNet and keeps one set of tokens per transformer block."""

    def __init__(
        self,
        unet: nn.Module,
        tap: Literal["block_input", "norm_output"],
        *,
        outputs: bool = False,
        stop_early: bool = True,
    ) -> None:
        """`outputs`: what the self-attentions give is kept too. `stop_early` leaves the UNet after its last tap; not
        where hooks must see the end of every forward."""
        self.unet = unet
        self._stop_early = stop_early
        self._tokens: dict[str, Tensor] = {}
        self._outputs: dict[str, Tensor] = {}
        self._names = tuple(transformer_blocks(unet))
        for name, block in transformer_blocks(unet).items():
            block.norm1.register_forward_hook(self._keeper(name, tap, last=not outputs))
            if outputs:
                block.attn1.register_forward_hook(self._output_keeper(name))

    def __call__(
        self, sample: Tensor, timestep: Tensor | int, context: Tensor | None
    ) -> tuple[dict[str, Tensor], dict[str, Tensor]]:
        """Block name -> tokens (rows, length, width), and block name -> what its self-attention gave, of that form."""
        self._tokens, self._outputs = {}, {}
        with suppress(_Enough):
            self.unet(sample, timestep, encoder_hidden_states=context)
        found = self._tokens, self._outputs
        self._tokens, self._outputs = {}, {}
        return found

    def _keeper(self, name: str, tap: str, *, last: bool) -> Any:
        def keep(norm: nn.Module, inputs: tuple[Tensor, ...], output: Tensor) -> None:
            self._tokens[name] = inputs[0] if tap == "block_input" else output
            if last:
                self._leave(self._tokens)

        return keep

    def _output_keeper(self, name: str) -> Any:
        def keep(attention: nn.Module, inputs: tuple[Tensor, ...], output: Tensor) -> None:
            self._outputs[name] = output
            self._leave(self._outputs)

        return keep

    def _leave(self, kept: Mapping[str, Tensor]) -> None:
        if self._stop_early and len(kept) == len(self._names):
            raise _Enough


class Reader:
    """Lets every self-attention of the person UNet read `tokens`, block name -> (rows, length, width).

    Where the person has several rows for each of the tokens' (the frames of a clip), each row is read by all of them.
    """

    def __init__(
        self, unet: nn.Module, *, normalise: bool, itself: Order | None = None, every_step: bool = False
    ) -> None:
        """`itself`: one half of the person's rows reads nothing, and this is the order of the halves. `every_step`:
        no tokens serve more than one step."""
        self.every_step = every_step
        self._tokens: Mapping[str, Tensor] = {}
        self._projected: dict[str, tuple[Tensor, Tensor]] = {}
        self.added: Mapping[str, Tensor] = {}  # like the tokens: what is added to the attention's result
        self.itself: Order | None = itself
        for name, block in transformer_blocks(unet).items():
            block.attn1.set_processor(_Reading(self, name, block.norm1 if normalise else None))

    @property
    def tokens(self) -> Mapping[str, Tensor]:
        return self._tokens

    @tokens.setter
    def tokens(self, tokens: Mapping[str, Tensor]) -> None:
        self._tokens = tokens
        self._projected = {}

    def keys_and_values(self, name: str, attention: Any, norm: nn.Module | None, own: Tensor) -> tuple[Tensor, Tensor]:
        """Of the person's tokens (n, length, width) and behind them the garment's. Tokens that serve several steps are
        projected once; others together with the person's, in fewer and larger products."""
        tokens = self._tokens[name]
        if self.every_step:
            joined = torch.cat([own, _repeated(tokens if norm is None else norm(tokens), own)], dim=1)
            return attention.to_k(joined), attention.to_v(joined)
        if name not in self._projected:
            tokens = tokens if norm is None else norm(tokens)
            self._projected[name] = attention.to_k(tokens), attention.to_v(tokens)
        keys, values = (_repeated(made, own) for made in self._projected[name])
        return torch.cat([attention.to_k(own), keys], dim=1), torch.cat([attention.to_v(own), values], dim=1)


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
        order, looks = self._reader.itself, self._name in self._reader.tokens
        if order is None or not looks:
            return self._attended(attn, hidden_states, looks)
        alone, looking = split(hidden_states, order)
        return halves(self._attended(attn, alone, False), self._attended(attn, looking, True), order)

    def _attended(self, attn: Any, own: Tensor, looks: bool) -> Tensor:
        if looks:
            keys, values = self._reader.keys_and_values(self._name, attn, self._norm, own)
        else:
            keys, values = attn.to_k(own), attn.to_v(own)
        query, keys, values = (heads_of(x, attn.heads) for x in (attn.to_q(own), keys, values))
        mixed = F.scaled_dot_product_attention(query, keys, values)
        result: Tensor = attn.to_out[1](attn.to_out[0](mixed.transpose(1, 2).flatten(2)))
        added = self._reader.added.get(self._name) if looks else None
        return result if added is None else result + _repeated(added, result)


class ReferenceAttention:
    """Garment UNet and person UNet coupled."""

    def __init__(self, garment: nn.Module, person: nn.Module, switches: Switches, *, stop_early: bool = True) -> None:
        self.switches = switches
        self._record = Recorder(garment, switches.tap, outputs=switches.additive, stop_early=stop_early)
        itself = switches.order if switches.unconditional == "itself" else None
        self._reader = Reader(person, normalise=switches.normalise, itself=itself, every_step=switches.every_step)
        self._zeros: dict[tuple[object, ...], Tensor] = {}

    def look(self, garment: Tensor, timestep: Tensor | int, context: Tensor | None = None) -> None:
        """Makes the person UNet's next steps attend to a garment.

        garment: (n, c, h, w) latents. `context`: what the garment UNet's cross-attention reads, with as many rows as
        it is fed: 2 n when the unconditional half looks at zero latents, else n.
        """
        switches = self.switches
        if switches.unconditional == "zero_latents":
            garment = halves(torch.zeros_like(garment), garment, switches.order)
        tokens, outputs = self._record(garment, timestep, context)
        if switches.unconditional == "zero_features":
            tokens = {name: halves(self._nothing(own), own, switches.order) for name, own in tokens.items()}
        self._reader.tokens, self._reader.added = tokens, outputs

    def show(self, tokens: Mapping[str, Tensor]) -> None:
        """Makes the person UNet attend to tokens of an earlier look."""
        self._reader.tokens = tokens

    @property
    def tokens(self) -> Mapping[str, Tensor]:
        """What the person UNet attends to now."""
        return self._reader.tokens

    @property
    def added(self) -> Mapping[str, Tensor]:
        """What is added to the person UNet's attention now."""
        return self._reader.added

    def forget(self) -> None:
        """Frees the tokens."""
        self._reader.tokens, self._reader.added = {}, {}
        self._zeros.clear()

    def _nothing(self, like: Tensor) -> Tensor:
        """Zeros of a form, made once for all blocks and steps."""
        key = tuple(like.shape), like.dtype, like.device
        if key not in self._zeros:
            self._zeros[key] = torch.zeros_like(like)
        return self._zeros[key]


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
    """Name -> transformer block, in the order of the modules: down, up, mid. Those over time are not among them."""
    return {
        name: module
        for name, module in unet.named_modules()
        if "motion_modules" not in name and all(hasattr(module, part) for part in ("norm1", "attn1", "norm2", "attn2"))
    }


def _repeated(garment: Tensor, rows: Tensor) -> Tensor:
    """A row of the garment for each of `rows`."""
    if len(rows) == len(garment):
        return garment
    return garment.repeat_interleave(len(rows) // len(garment), dim=0)


def heads_of(tokens: Tensor, heads: int) -> Tensor:
    """(n, length, heads x channels) -> (n, heads, length, channels)."""
    return tokens.unflatten(-1, (heads, -1)).transpose(1, 2)
