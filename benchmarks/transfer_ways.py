"""A system turned into what its authors' code computes: the same result, with the work that they do besides."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from benchmarks.transfer_parts import exchanged, here
from tryon.nets import cross_attention
from tryon.nets.reference_attention import ReferenceAttention, transformer_blocks


class Joined:
    """Self-attention over person and garment tokens together, of which the garment's half is thrown away: what the
    authors of OOTDiffusion, IDM-VTON and Leffa do."""

    def __init__(self, attention: ReferenceAttention, name: str, norm: Any) -> None:
        self.attention, self.name, self.norm = attention, name, norm

    def __call__(self, attn: Any, hidden_states: Tensor, *unused: Any, **words: Any) -> Tensor:
        garment = self.attention.tokens.get(self.name)
        own = hidden_states
        if garment is not None:
            garment = garment if self.norm is None else self.norm(garment)
            own = torch.cat([hidden_states, garment], dim=1)
        query, key, value = (
            layer(own).unflatten(-1, (attn.heads, -1)).transpose(1, 2) for layer in (attn.to_q, attn.to_k, attn.to_v)
        )
        mixed = F.scaled_dot_product_attention(query, key, value).transpose(1, 2).flatten(2)
        result: Tensor = attn.to_out[1](attn.to_out[0](mixed))
        return result[:, : hidden_states.shape[1]]


@contextmanager
def as_upstream(system: Any) -> Iterator[None]:
    """Whole attention over both, the garment UNet run to its end, words projected anew in every step, every kernel
    started by itself."""
    attention, person = system.attention, system.person
    blocks = transformer_blocks(person)
    before = {name: block.attn1.processor for name, block in blocks.items()}
    norm = attention.switches.normalise
    for name, block in blocks.items():
        block.attn1.set_processor(Joined(attention, name, block.norm1 if norm else None))
    attention._record._stop_early = False
    try:
        with words_anew(system):
            yield
    finally:
        attention._record._stop_early = True
        for name, block in blocks.items():
            block.attn1.set_processor(before[name])


@contextmanager
def words_anew(system: Any) -> Iterator[None]:
    """Words are projected in every step, every kernel started by itself."""
    told_once = cross_attention.told_once
    cross_attention.told_once = lambda *given: nullcontext()  # type: ignore[assignment]
    try:
        with step_by_step(system):
            yield
    finally:
        cross_attention.told_once = told_once


@contextmanager
def to_the_end(system: Any) -> Iterator[None]:
    """The garment UNet is run to its end, every kernel started by itself."""
    system.attention._record._stop_early = False
    try:
        with step_by_step(system):
            yield
    finally:
        system.attention._record._stop_early = True


def step_by_step(system: Any) -> Any:
    """Inside the block every kernel is started by itself, as in the authors' code."""
    return exchanged(system, "place", here(system.place.device, captures=False))


@contextmanager
def as_it_is(system: Any = None) -> Iterator[None]:
    """Upstream computes nothing besides."""
    with step_by_step(system) if hasattr(system, "place") else nullcontext():
        yield


class BothHalves(nn.Module):
    """FASHN's network, which upstream evaluates with and without garment in the last, unguided step too."""

    def __init__(self, net: nn.Module) -> None:
        super().__init__()
        self.net = net
        self.params, self.proj_out = net.params, net.proj_out

    def forward(self, noisy: Tensor, time: Tensor, *given: Tensor) -> Tensor:
        if bool((given[-1] > 0).all()):  # no row without a category: an unguided step
            doubled = [torch.cat([value, torch.zeros_like(value)]) for value in given]
            found = self.net(torch.cat([noisy] * 2), torch.cat([time] * 2), *doubled)
            half: Tensor = found.chunk(2)[0]
            return half
        found = self.net(noisy, time, *given)
        return found


@contextmanager
def both_halves(system: Any) -> Iterator[None]:
    """FASHN's network evaluated twice as often in the last step, every kernel started by itself."""
    with step_by_step(system), exchanged(system, "net", BothHalves(system.net)):
        yield
