"""Leaving out work where a step hardly differs from the one before: two of diffusers' caches, for one film at a time.

Both change the picture, by how much depends on the real weights: an order asks for them, none has one by default.
Written "first-block", "first-block:0.12", "taylor:4":

first-block  The first block is always computed; while it changes by less than the threshold (a share, 0.08), the
             others are taken from the last step that computed them.
taylor       Every n-th step is computed (3); between them the network's output goes on along its straight line
             (TaylorSeer, Liu et al. 2025, of the output alone).

Each keeps one or two tensors of the size of the film's tokens for each half of guidance. What else diffusers has keeps
the attention of every layer (tens of GiB for a film) or wants ratios that are measured on the published weights; those
run in benchmarks/video_gpu.py only.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from tryon.spec import VideoSpec
from tryon.video.diffusion.method import Method

# The least, the most and the usual amount: a share that may change unseen, one step of so many that is computed.
AMOUNTS: Mapping[str, tuple[float, float, float]] = {"first-block": (0.0, 1.0, 0.08), "taylor": (1.0, 10.0, 3.0)}
PAYS_FROM = 20  # steps: of the few of a distilled model none is like another
WARM = 3  # steps that are always computed first
BLOCKS, ENDS = r"[^.]*blocks\.\d+", r"(audio_)?proj_out"  # of a transformer, by their names


@dataclass(frozen=True, slots=True)
class Cache:
    """A cache and how far it goes, see AMOUNTS."""

    kind: str
    amount: float

    @classmethod
    def read(cls, text: str) -> Cache | None:
        """ "kind" or "kind:amount"; None for anything else. The amount is not checked."""
        kind, colon, amount = text.partition(":")
        if kind not in AMOUNTS:
            return None
        try:
            return cls(kind, float(amount) if colon else AMOUNTS[kind][2])
        except ValueError:
            return None

    def __str__(self) -> str:
        return f"{self.kind}:{self.amount:g}"


def offered(spec: VideoSpec, load: Callable[..., Any]) -> tuple[str, ...]:
    """The caches that all denoisers of a backend can do, read off the classes that its pipeline takes; () for networks
    with a loop of their own. Imports diffusers where there is a pipeline."""
    module = sys.modules[load.__module__]
    method = getattr(module, "METHODS", {}).get(spec.name) or getattr(module, "METHOD", None)
    if not isinstance(method, Method) or spec.footprint is None:
        return ()
    import inspect

    import diffusers

    parts = inspect.signature(getattr(diffusers, method.pipeline).__init__).parameters
    denoisers = [parts[part.name].annotation for part in spec.footprint.components if part.role == "denoiser"]
    return tuple(kind for kind in AMOUNTS if all(can(model, kind) for model in denoisers))


def can(model: type, kind: str) -> bool:
    """Whether a class of denoisers works with a cache.

    Any that diffusers made for caches does with the output's line. The first block's change stands for the others'
    only where all blocks are known to pass tokens on to each other and nothing else: VACE's hints, which are added
    between blocks, would be added twice.
    """
    from diffusers.hooks._helpers import TransformerBlockRegistry
    from diffusers.models.cache_utils import CacheMixin

    if not issubclass(model, CacheMixin):
        return False
    if kind == "taylor":
        return True
    named: Iterable[str] = getattr(model, "_no_split_modules", None) or getattr(model, "_repeated_blocks", None) or ()
    blocks = [vars(sys.modules[model.__module__])[name] for name in named if name.endswith("Block")]
    return bool(blocks) and all(_is_known(TransformerBlockRegistry, block) for block in blocks)


def _is_known(registry: Any, block: type) -> bool:
    try:
        registry.get(block)
    except ValueError:
        return False
    return True


@contextmanager
def cached(pipeline: Any, denoisers: Iterable[str], cache: Cache | None, steps: int) -> Iterator[Callable[[], None]]:
    """Inside the block the denoisers leave out what they can; afterwards they are as before, and nothing is kept.

    Yields what must be called with every step of the scheduler. `steps`: of one section of the film; what was kept is
    forgotten after each, because the first step of one has nothing to do with the last of another. Raises ValueError
    where `can` is false.
    """
    if cache is None:
        yield _nothing
        return
    models, hooks, done = [getattr(pipeline, name) for name in denoisers], [], 0
    calls = _Calls()
    for model in models:
        if not can(type(model), cache.kind):
            raise ValueError(f"{type(model).__name__} cannot do {cache.kind}")

    def stepped() -> None:
        nonlocal done
        done, calls.count = done + 1, 0
        if done % steps == 0:
            for model in models:
                model._reset_stateful_cache()

    try:
        for model in models:
            model.enable_cache(_configured(cache, steps))
            hooks += calls.named(model)
        yield stepped
    finally:
        for hook in hooks:
            hook.remove()
        for model in models:
            if model.is_cache_enabled:
                model.disable_cache()


def _nothing() -> None:
    """What a step does to no cache."""


def _configured(cache: Cache, steps: int) -> Any:
    import torch
    from diffusers import FirstBlockCacheConfig, TaylorSeerCacheConfig

    if cache.kind == "first-block":
        return FirstBlockCacheConfig(threshold=cache.amount)
    return TaylorSeerCacheConfig(
        cache_interval=int(cache.amount),
        disable_cache_before_step=WARM,
        disable_cache_after_step=steps - 1,
        taylor_factors_dtype=torch.float32,
        skip_predict_identifiers=[BLOCKS],
        cache_identifiers=[ENDS],
    )


@dataclass
class _Calls:
    """The calls of one step by their number, for pipelines that do not say which half of guidance a call is: what is
    kept of one half must not be taken for the other."""

    count: int = 0

    def named(self, model: Any) -> list[Any]:
        """Hooks that name a call where its pipeline does not; diffusers refuses one without a name."""
        from diffusers.hooks.hooks import CacheContext, StateManager

        kept = [part._diffusers_hook.hooks.values() for part in model.modules() if hasattr(part, "_diffusers_hook")]
        values = [value for hooks in kept for hook in hooks for value in vars(hook).values()]
        managers = [value for value in values if isinstance(value, StateManager)]
        ours = False

        def before(*_: Any) -> None:
            nonlocal ours
            ours = managers[0]._context is None
            for manager in managers if ours else ():
                manager.set_context(CacheContext(str(self.count)))
            self.count += 1

        def after(*_: Any) -> None:
            for manager in managers if ours else ():
                manager.set_context(None)

        return [model.register_forward_pre_hook(before), model.register_forward_hook(after)]
