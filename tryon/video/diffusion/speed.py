"""What makes a loaded pipeline faster, each measured by benchmarks/video_gpu.py: other attention kernels, compiled
blocks, another memory layout of the autoencoder. What may be left out between steps is an order's: see caching.
"""

from __future__ import annotations

import importlib.util
import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from tryon.spec import Runtime, VideoSpec


@dataclass(frozen=True, slots=True, kw_only=True)
class Speed:
    """The switches. The default is plain diffusers."""

    attention: str = ""  # a backend of diffusers' attention dispatcher; "": its default
    compiled: bool = False  # torch.compile of the repeated blocks: half a minute once for every size
    channels_last: bool = False  # of the autoencoder


PAYS_FROM = 20  # steps: compiling takes 15 to 22 s once for every size and saves 0.4 to 0.8 s a step on an H100


def chosen(runtime: Runtime, *, can_compile: bool) -> Speed:
    """What is switched on for a backend, from what was measured (H100, "3 s at 720 x 1280").

    Compiled blocks are 1.3 to 1.5 times as fast at 53 dB, where the model stays on the card and takes many steps.
    cuDNN's attention gave nothing over PyTorch's own choice and stays off.
    """
    spec, plan = runtime.spec, runtime.memory
    steps = spec.steps[2] if isinstance(spec, VideoSpec) else 0
    wanted = runtime.settings is None or runtime.settings.compile
    resident = plan.offload == "none" and plan.weights == "full"
    return Speed(compiled=can_compile and wanted and resident and steps >= PAYS_FROM)


def compiler_here(device: str) -> bool:
    """Whether torch.compile has what it needs: an NVIDIA card, Triton and a C compiler."""
    tools = importlib.util.find_spec("triton") is not None and any(map(shutil.which, ("cc", "gcc", "clang")))
    return device.startswith("cuda") and tools


def quicken(pipeline: Any, denoisers: Iterable[str], speed: Speed) -> None:
    """Sets the switches on a loaded pipeline. Raises what the libraries raise where one does not apply."""
    for name in denoisers:
        model = getattr(pipeline, name)
        if speed.attention:
            model.set_attention_backend(speed.attention)
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
        model.compile_repeated_blocks()
    else:
        model.compile()
