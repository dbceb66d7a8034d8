"""A memory plan applied to a pipeline of diffusers: where its networks wait, in which type, in which pieces."""

from __future__ import annotations

import gc
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from tryon.runtime.memory import reading_order, shrinks, stays, streams
from tryon.spec import Component, Footprint
from tryon.types import MemoryPlan


def read(
    footprint: Footprint, plan: MemoryPlan, device: str, makers: Mapping[str, Callable[[], Any]]
) -> dict[str, Any]:
    """The networks that `makers` read from files, by the components' names, each in the plan's form before the next is
    read: a card holds what main memory could not hold at once. In the order of `makers`."""
    found: dict[str, Any] = {}
    for part in reading_order(plan, footprint):
        if part.name in makers:
            found[part.name] = _formed(makers[part.name](), part, plan, device)
    return {name: found[name] for name in makers}


def _formed(module: Any, part: Component, plan: MemoryPlan, device: str) -> Any:
    """A network on its device, or passing through it; what takes turns with others is left to `arrange`."""
    if shrinks(plan, part):
        if plan.weights == "fp8":
            cast(module, plan.dtype)
        else:
            quantize(module, device, device if stays(plan, part) else "cpu")
    if streams(plan, part):
        _streamed(module, device, streams=True, blocks=part.role == "denoiser")
    elif plan.offload == "group":
        _streamed(module, device, streams=False, blocks=part.role == "denoiser")
    elif stays(plan, part):
        module.to(device)
    return module


def arrange(pipeline: Any, footprint: Footprint, plan: MemoryPlan, device: str) -> Any:
    """Brings a pipeline of networks that came from `read` into the plan's form, and returns it. On a CPU all memory is
    main memory, and only what changes numbers or pieces is done."""
    if plan.tiling:
        _tile(pipeline)
    if plan.offload == "model" and device != "cpu":
        pipeline.enable_model_cpu_offload(device=device)
    elif plan.offload == "sequential" and device != "cpu":
        pipeline.enable_sequential_cpu_offload(device=device)
    else:
        known = {part.name for part in footprint.components}
        for name, module in _networks(pipeline):
            if name not in known:
                _formed(module, Component(name, "other", 0), plan, device)
    return pipeline


def cast(module: Any, dtype: str) -> Any:
    """Stores a denoiser's weights in eight bits (float8 e4m3); they are computed in `dtype`. A network of our own says
    by `kept_whole`, patterns of names, which layers stay as they are."""
    import torch

    types = {"storage_dtype": torch.float8_e4m3fn, "compute_dtype": getattr(torch, dtype)}
    if hasattr(module, "enable_layerwise_casting"):
        module.enable_layerwise_casting(**types)
    else:
        from diffusers.hooks import apply_layerwise_casting

        apply_layerwise_casting(module, **types, skip_modules_pattern=module.kept_whole)
    return module


def quantize(module: Any, device: str, home: str) -> Any:
    """Stores the weights of linear layers as int8 with a scale for each output (torchao), each computed on `device` and
    left on `home`; a forward pass computes in their own type."""
    import torch
    from torchao.quantization import Int8WeightOnlyConfig, quantize_

    kept = kept_whole(module)
    config = Int8WeightOnlyConfig(set_inductor_config=False)  # it would change how the whole process multiplies
    for name, layer in module.named_modules():
        if isinstance(layer, torch.nn.Linear) and not any(re.search(pattern, name) for pattern in kept):
            quantize_(layer.to(device), config)  # on a CPU a denoiser of 14B takes minutes
            layer.to(home)
    return module


def kept_whole(module: Any) -> tuple[str, ...]:
    """Patterns of the names of layers that are not stored in eight bits: a network of our own says it, diffusers'
    models say what layerwise casting skips, and of a text encoder the words to choose from stay."""
    from diffusers import ModelMixin
    from diffusers.hooks.layerwise_casting import DEFAULT_SKIP_MODULES_PATTERN

    if hasattr(module, "kept_whole"):
        return tuple(module.kept_whole)
    if not isinstance(module, ModelMixin):
        return ("lm_head",)
    own = module._keep_in_fp32_modules, module._skip_layerwise_casting_patterns
    return (*DEFAULT_SKIP_MODULES_PATTERN, *(pattern for patterns in own for pattern in patterns or ()))


def give_back(device: str) -> None:
    """Returns to the card what nobody holds any more."""
    import torch

    gc.collect()  # hooks of offload and tensors of a broken-off loop hang in cycles
    if device.startswith("cuda"):
        torch.cuda.empty_cache()


def free_gib(device: str) -> float | None:
    """GiB that a card has free now, with what this process's allocator keeps in reserve; None without one."""
    if not device.startswith("cuda"):
        return None
    import torch

    if not torch.cuda.is_available():
        return None
    free, _ = torch.cuda.mem_get_info()
    return (free + torch.cuda.memory_reserved() - torch.cuda.memory_allocated()) / 1024**3


def _networks(pipeline: Any) -> Iterable[tuple[str, Any]]:
    import torch

    return [(name, part) for name, part in pipeline.components.items() if isinstance(part, torch.nn.Module)]


def _tile(pipeline: Any) -> None:
    vae = getattr(pipeline, "vae", None)
    for name in ("enable_tiling", "enable_slicing"):
        if hasattr(vae, name):
            getattr(vae, name)()


def _streamed(module: Any, device: str, *, streams: bool, blocks: bool) -> None:
    """Group offload: whole blocks of a denoiser, single layers of everything else."""
    import torch
    from diffusers.hooks import apply_group_offloading

    pieces = {"offload_type": "block_level", "num_blocks_per_group": 1} if blocks else {"offload_type": "leaf_level"}
    apply_group_offloading(
        module,
        onload_device=torch.device(device),
        offload_device=torch.device("cpu"),
        use_stream=streams and device.startswith("cuda"),
        **pieces,
    )


class Networks:
    """Networks without a pipeline of diffusers, with what `arrange` asks of one. Their order is the order of use."""

    def __init__(self, **components: Any) -> None:
        self.components = components
        self._hooks: list[Any] = []

    def __getattr__(self, name: str) -> Any:
        try:
            return self.__dict__["components"][name]
        except KeyError:
            raise AttributeError(name) from None

    def enable_model_cpu_offload(self, device: str) -> None:
        """Each waits in main memory, and sends the one before back there when it is called."""
        from accelerate import cpu_offload_with_hook

        before = None
        for _, module in _networks(self):
            _, before = cpu_offload_with_hook(module, device, prev_module_hook=before)
            self._hooks.append(before)

    def enable_sequential_cpu_offload(self, device: str) -> None:
        """Layers come when they are called."""
        from accelerate import cpu_offload

        for _, module in _networks(self):
            cpu_offload(module, device)

    def maybe_free_model_hooks(self) -> None:
        """After a run: what model offload left on the device goes back."""
        for hook in self._hooks:
            hook.offload()
