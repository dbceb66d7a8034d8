"""Strict loading: every weight of a module is filled, and no weight of a file is left over unseen."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from tryon.errors import WeightsMissing
from tryon.weights.files import read_tensors
from tryon.weights.hub import INSTEAD
from tryon.weights.rules import POSITION_IDS, Parted, Rules, matches, parts, renamed

Split = Callable[[str, Any], Iterable[tuple[str, Any]]]  # (key, tensor) -> the module's keys and tensors


def fill(
    module: Any,
    files: Iterable[Path],
    *,
    title: str,
    dtype: Any = None,
    rules: Rules = (),
    prefix: str = "",
    unused: tuple[str, ...] = (),
    known: tuple[str, ...] = (),
    parted: Parted = (),
    split: Split | None = None,
) -> Any:
    """Fills `module` (built on the meta device) from files and returns it in evaluation mode, on the CPU.

    Keys must start with `prefix`, which is taken off, or with one of `known`, other parts of the same file; `rules`
    rename them; `parted` name tensors that are several weights in one, and `split` takes apart what no table can
    tell; keys that match `unused` may be in the file and are not read. Floating tensors become `dtype` one at a time.
    Raises WeightsMissing with counts and the first names when a weight is missing, too many, or of another shape.
    """

    def keep(key: str) -> bool:
        if not key.startswith(prefix):
            return not key.startswith(known)
        return not matches(key.removeprefix(prefix), (*unused, POSITION_IDS))

    tensors = (
        (key.removeprefix(prefix), tensor)
        for path in files
        for key, tensor in read_tensors(path, title=title, keep=keep)
    )
    return take(module, tensors, title=title, dtype=dtype, rules=rules, parted=parted, split=split)


def take(
    module: Any,
    tensors: Iterable[tuple[str, Any]],
    *,
    title: str,
    dtype: Any = None,
    rules: Rules = (),
    parted: Parted = (),
    split: Split | None = None,
) -> Any:
    """Fills `module` from named tensors, as `fill` does from files."""
    wanted = {key: tuple(value.shape) for key, value in module.state_dict().items()}
    state: dict[str, Any] = {}
    strange: list[str] = []
    for key, tensor in tensors:
        tensor = tensor.to(dtype) if dtype is not None and tensor.is_floating_point() else tensor
        own = renamed(key, rules)
        for name, part in parts(own, tensor, parted) if split is None else split(own, tensor):
            if name in wanted:
                state[name] = part
            else:
                strange.append(name)
    check(wanted, state, strange, title)
    module.load_state_dict(state, assign=True, strict=True)
    return ready(module)


def check(wanted: dict[str, tuple[int, ...]], state: dict[str, Any], strange: list[str], title: str) -> None:
    """Raises WeightsMissing when `state` is not exactly what is wanted."""
    missing = sorted(set(wanted) - set(state))
    misshapen = sorted(key for key, value in state.items() if tuple(value.shape) != wanted[key])
    for names, what in (
        (missing, f"of {len(wanted)} weights are missing"),
        (strange, "weights in its file belong to no part of it"),
        (misshapen, f"of {len(wanted)} weights have another shape"),
    ):
        if names:
            few = ", ".join(names[:3])
            text = f"{len(names)} {what} ({few}{', ...' if len(names) > 3 else ''})"
            raise WeightsMissing(model=title, missing=text, instead=INSTEAD)


def ready(module: Any) -> Any:
    """In evaluation mode, without gradients, and with the counters that no file holds."""
    import torch

    for part in module.modules():
        for name, buffer in list(part.named_buffers(recurse=False)):
            if buffer.is_meta and name == "position_ids":
                setattr(part, name, torch.arange(buffer.shape[-1])[None])
            if buffer.is_meta and name == "token_type_ids":
                setattr(part, name, torch.zeros(buffer.shape, dtype=buffer.dtype))
    return module.eval().requires_grad_(False)


def built(make: Callable[[], Any]) -> Any:
    """`make()` without memory for its weights."""
    import torch

    with torch.device("meta"):
        return make()
