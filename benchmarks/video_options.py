"""What benchmarks/video_gpu.py tries on a pipeline, by name."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import torch

from benchmarks.video_eight import in_eight_bits
from benchmarks.video_paired import Pair
from tryon.video.diffusion.caching import Cache, cached
from tryon.video.diffusion.speed import Speed, quicken

NORMAL = Speed()


@dataclass(frozen=True, kw_only=True)
class Option:
    """Switches of a pipeline. The default is plain diffusers."""

    speed: Speed = NORMAL
    cache: str = ""  # of diffusers; the product's own two by their names there
    paired: bool = False  # both halves of guidance in one call, see Pair
    eight: bool = False  # products of the denoiser's blocks in eight bits

    @property
    def stays(self) -> bool:
        """Whether it cannot be undone."""
        return self.paired or self.eight or self.speed != NORMAL


BEST = Speed(attention="_native_cudnn", compiled=True, channels_last=True)
CACHES = ("first-block", "taylor", "mag", "pyramid", "faster")
OPTIONS: dict[str, Option] = {
    "plain": Option(),
    "cudnn": Option(speed=Speed(attention="_native_cudnn")),
    "flash": Option(speed=Speed(attention="_native_flash")),
    # Kernels from the hub, where they were installed.
    "flash3": Option(speed=Speed(attention="_flash_3_hub")),
    "sage": Option(speed=Speed(attention="sage_hub")),
    "compile": Option(speed=Speed(compiled=True)),
    "fp8": Option(eight=True),
    "paired": Option(paired=True),
    **{f"cache:{name}": Option(cache=name) for name in CACHES},
    "best": Option(speed=BEST),
    "best+fp8": Option(speed=BEST, eight=True),
    **{f"best+cache:{name}": Option(speed=BEST, cache=name) for name in ("first-block", "taylor")},
}


def switched(pipeline: Any, denoisers: list[str], option: Option) -> None:
    """Sets what stays on a loaded pipeline. Raises what the libraries raise where one does not apply."""
    for name in denoisers if option.eight else ():
        in_eight_bits(getattr(pipeline, name))
    quicken(pipeline, denoisers, option.speed)
    for name in denoisers if option.paired else ():
        Pair(getattr(pipeline, name))


def as_usual() -> None:
    """Takes back what the switches leave behind beyond a pipeline: compiled code, and the attention of everything that
    is made later, which diffusers sets with that of one model."""
    from diffusers.models.attention_dispatch import AttentionBackendName, _AttentionBackendRegistry

    torch.compiler.reset()
    _AttentionBackendRegistry.set_active_backend(AttentionBackendName.NATIVE)


@contextmanager
def leaving_out(pipeline: Any, denoisers: Iterable[str], name: str, steps: int) -> Iterator[Callable[[], None]]:
    """Inside the block work is left out by one of CACHES, or none ("")."""
    cache = Cache.read(name) if name else None
    if cache is not None or not name:
        with cached(pipeline, denoisers, cache, steps) as stepped:
            yield stepped
        return
    models = [getattr(pipeline, part) for part in denoisers]
    for model in models:
        model.enable_cache(_config(pipeline, name, steps))
    try:
        yield lambda: None
    finally:
        for model in models:
            model.disable_cache()


def _config(pipeline: Any, name: str, steps: int) -> Any:
    """As their authors set them. Mag's ratios belong to published weights: flat ones show its speed only."""
    from diffusers import FasterCacheConfig, MagCacheConfig, PyramidAttentionBroadcastConfig

    def time() -> int:
        now = getattr(pipeline, "_current_timestep", None)  # some pipelines do not tell
        return 500 if now is None else int(torch.as_tensor(now).max())

    if name == "mag":
        return MagCacheConfig(num_inference_steps=steps, mag_ratios=[1.0] * steps)
    if name == "pyramid":
        return PyramidAttentionBroadcastConfig(
            spatial_attention_block_skip_range=2, cross_attention_block_skip_range=6, current_timestep_callback=time
        )
    assert name == "faster"
    return FasterCacheConfig(
        spatial_attention_block_skip_range=2, unconditional_batch_skip_range=5, current_timestep_callback=time,
        attention_weight_callback=lambda _: 0.3, tensor_format="BCFHW",
    )  # fmt: skip
