"""One film over the cards of a machine: every process holds the model and computes a part of the film's tokens.

Off by default (TRYON_PARALLEL=2 and more): cards serve more shoppers when each has its own. Started by

    TRYON_PARALLEL=2 torchrun --nproc-per-node 2 -m tryon person.jpg shirt.jpg --video wan22-i2v-a14b -o look.mp4

all processes run the same job from the same seed (noise is drawn on the CPU), and the first one writes. Ulysses
attention (Jacobs et al., 2023) as diffusers has it; only for models that a spec declares `parallel`.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import Any

from tryon.spec import Runtime, VideoSpec


def wanted(runtime: Runtime) -> int:
    """How many processes share the film; 1: none."""
    spec, settings = runtime.spec, runtime.settings
    if settings is None or not isinstance(spec, VideoSpec) or not spec.parallel:
        return 1
    here = int(os.environ.get("WORLD_SIZE", "1"))
    return here if settings.parallel == here else 1


def spread(pipeline: Any, denoisers: Iterable[str], processes: int, device: str) -> None:
    """Joins the processes and splits the denoisers' work among them. Before anything is compiled."""
    import torch
    from diffusers import ContextParallelConfig

    if not torch.distributed.is_initialized():
        if device.startswith("cuda"):
            torch.cuda.set_device(int(os.environ.get("LOCAL_RANK", "0")))
        torch.distributed.init_process_group("nccl" if device.startswith("cuda") else "gloo")
    for name in denoisers:
        model = getattr(pipeline, name)
        model.set_attention_backend("native")
        model.enable_parallelism(config=ContextParallelConfig(ulysses_degree=processes))
