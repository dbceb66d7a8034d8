"""What makes a loaded pipeline faster, each measured by benchmarks/video_gpu.py: other attention kernels, compiled
blocks, a cache of what hardly changes from step to step, another memory layout of the autoencoder.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Speed:
    """The switches. The default is plain diffusers."""

    attention: str = ""  # a backend of diffusers' attention dispatcher; "": its default
    compiled: bool = False  # torch.compile of the repeated blocks: half a minute once for every size
    cache: float = 0.0  # threshold of the first-block cache, 0: off; changes the result a little, for 20 steps and more
    channels_last: bool = False  # of the autoencoder


def quicken(pipeline: Any, denoisers: Iterable[str], speed: Speed) -> None:
    """Sets the switches on a loaded pipeline. Raises what the libraries raise where one does not apply."""
    for name in denoisers:
        model = getattr(pipeline, name)
        if speed.attention:
            model.set_attention_backend(speed.attention)
        if speed.cache:
            from diffusers import FirstBlockCacheConfig

            model.enable_cache(FirstBlockCacheConfig(threshold=speed.cache))
        if speed.compiled:
            _compile(model)
    if speed.channels_last:
        channels_last(pipeline.vae)


def channels_last(vae: Any) -> None:
    """The layout that convolutions over time are quickest in on tensor cores; the numbers are the same."""
    import torch

    for part in vae.modules():
        if isinstance(part, torch.nn.Conv3d):
            part.to(memory_format=torch.channels_last_3d)


def _compile(model: Any) -> None:
    """Block by block where diffusers knows the blocks (all are one kernel then), whole otherwise."""
    if getattr(model, "_repeated_blocks", None):
        model.compile_repeated_blocks(fullgraph=True)
    else:
        model.compile()
