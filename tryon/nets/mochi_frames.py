"""Mochi's autoencoder decoding a few frames at a time, with the numbers of decoding all at once.

diffusers' own switch for that (`_enable_framewise_decoding`) pads with zeros instead of the border and leaves the
padding in space out wherever it keeps frames of the part before; here both are as in one go.
"""

from __future__ import annotations

import types
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

TOGETHER = 2  # frames of the latents, 12 of the film


def framewise(vae: Any, latents: Tensor) -> Iterator[Tensor]:
    """(1, C, f, h, w) as vae.decode() takes them -> (1, 3, 7, H, W), then (1, 3, 12, H, W) each."""
    with _from_part_to_part(vae.decoder):
        kept = None
        for start in range(0, latents.shape[2], TOGETHER):
            part, kept = vae.decoder(latents[:, :, start : start + TOGETHER], conv_cache=kept)
            yield part[:, :, vae.temporal_compression_ratio - 1 :] if start == 0 else part


@contextmanager
def _from_part_to_part(decoder: Any) -> Iterator[None]:
    from diffusers.models.autoencoders.autoencoder_kl_cogvideox import CogVideoXCausalConv3d

    layers = [part for part in decoder.modules() if isinstance(part, CogVideoXCausalConv3d)]
    before = [layer.__dict__.get("forward") for layer in layers]  # hooks of offload put theirs there
    for layer in layers:
        layer.forward = types.MethodType(_forward, layer)
    try:
        yield
    finally:
        for layer, forward in zip(layers, before, strict=True):
            if forward is None:
                del layer.forward
            else:
                layer.forward = forward


def _forward(self: Any, inputs: Tensor, conv_cache: Tensor | None = None) -> tuple[Tensor, Tensor | None]:
    """A causal convolution: what lies before in time comes from the part before, or is its own first frame."""
    past = self.time_kernel_size - 1
    kept = None
    if past > 0:
        head = inputs[:, :, :1].repeat(1, 1, past, 1, 1) if conv_cache is None else conv_cache
        inputs = torch.cat([head, inputs], dim=2)
        kept = inputs[:, :, -past:].clone()
    border = (self.width_pad, self.width_pad, self.height_pad, self.height_pad, 0, 0)
    return self.conv(functional.pad(inputs, border, mode="replicate")), kept
