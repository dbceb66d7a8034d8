"""Opens files of tensors without running anything in them.

Safetensors are read as they are. A pickle (.bin, .pth, .ckpt) is read once with weights_only and written beside
itself as safetensors, tensor by tensor, so that a 12 GB file needs no 12 GB of memory.
"""

from __future__ import annotations

import hashlib
import json
import os
import pickle
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

from tryon.errors import WeightsMissing, WeightsRefused
from tryon.weights.hub import INSTEAD
from tryon.weights.lock import Known, is_whole, read_known, write_known

MODEL_STEMS = ("diffusion_pytorch_model", "model", "pytorch_model")
PICKLES = (".bin", ".pth", ".ckpt", ".pt")
NUMBERS = {"float64": "F64", "float32": "F32", "float16": "F16", "bfloat16": "BF16", "int64": "I64", "int32": "I32",
           "int16": "I16", "int8": "I8", "uint8": "U8", "bool": "BOOL"}  # fmt: skip


def model_files(folder: Path, *, title: str) -> list[Path]:
    """The file or the shards of the model in a folder, as diffusers and transformers name them.

    Raises WeightsMissing, naming the folder or the shards that are not there.
    """
    for stem in MODEL_STEMS:
        for kind in (".safetensors", ".bin"):
            for variant in ("", ".fp16"):
                whole = folder / f"{stem}{variant}{kind}"
                if whole.is_file():
                    return [whole]
                index = folder / f"{stem}{kind}.index{variant}.json"
                if index.is_file():
                    return _shards(index, title)
    raise WeightsMissing(model=title, missing=f"there is no model in its folder {folder.name}", instead=INSTEAD)


def _shards(index: Path, title: str) -> list[Path]:
    try:
        names = sorted(set(json.loads(index.read_text(encoding="utf-8"))["weight_map"].values()))
    except (ValueError, KeyError, AttributeError):
        raise WeightsMissing(model=title, missing=f"{index.name} cannot be read", instead=INSTEAD) from None
    paths = [index.parent / Path(str(name)).name for name in names]
    gone = [path.name for path in paths if not path.is_file()]
    if gone:
        from tryon.weights.hub import named

        raise WeightsMissing(model=title, missing=f"{named(gone, 'file')} not found", instead=INSTEAD)
    return paths


def read_tensors(path: Path, *, title: str, keep: Callable[[str], bool] | None = None) -> Iterator[tuple[str, Any]]:
    """(key, tensor on the CPU) of one file, one at a time. `keep` chooses keys before anything is read.

    Raises WeightsMissing when the file is not there or is damaged, WeightsRefused when opening it could run code.
    """
    from safetensors import safe_open

    with _opened(path, title) as path, safe_open(path, framework="pt", device="cpu") as file:
        for key in file.keys():  # noqa: SIM118  not a mapping
            if keep is None or keep(key):
                yield key, file.get_tensor(key)


def read_shapes(path: Path, *, title: str) -> dict[str, tuple[int, ...]]:
    """Key -> shape of every tensor of a file, without reading the tensors. Raises what `read_tensors` raises."""
    from safetensors import safe_open

    with _opened(path, title) as path, safe_open(path, framework="pt", device="cpu") as file:
        return {key: tuple(file.get_slice(key).get_shape()) for key in file.keys()}  # noqa: SIM118  not a mapping


@contextmanager
def _opened(path: Path, title: str) -> Iterator[Path]:
    """The safetensors form of a file; what goes wrong while it is read becomes WeightsMissing."""
    from safetensors import SafetensorError

    if not path.is_file():
        raise WeightsMissing(model=title, missing=f"the file {path.name} is not there", instead=INSTEAD)
    if path.suffix in PICKLES:
        path = converted(path, title=title)
    try:
        yield path
    except (SafetensorError, OSError, ValueError):
        raise WeightsMissing(model=title, missing=f"the file {path.name} is damaged", instead=INSTEAD) from None


def converted(path: Path, *, title: str) -> Path:
    """The safetensors form of a pickle of tensors, made on first use, and again when the pickle is newer or the form
    is not what was written (its SHA-256 is kept beside it)."""
    target = path.with_name(path.name + ".safetensors")
    beside = target.with_name(f"{target.name}.lock")
    known = read_known(beside)
    if known and is_whole(target, known) and target.stat().st_mtime_ns >= path.stat().st_mtime_ns:
        if known.seen != target.stat().st_mtime_ns:  # copied since: it need not be read through again
            with suppress(OSError):
                write_known(beside, replace(known, seen=target.stat().st_mtime_ns))
        return target
    tensors = _unpickled(path, title)
    part = target.with_name(f"{target.name}.{os.getpid()}.part")
    try:
        digest = write_tensors(part, tensors)
        part.replace(target)
        state = target.stat()
        write_known(beside, Known(size=state.st_size, sha256=digest, seen=state.st_mtime_ns))
    finally:
        part.unlink(missing_ok=True)
    return target


def _unpickled(path: Path, title: str) -> dict[str, Any]:
    import torch

    try:
        try:
            found = torch.load(path, map_location="cpu", weights_only=True, mmap=True)
        except RuntimeError:  # the form from before torch 1.6 cannot be mapped
            found = torch.load(path, map_location="cpu", weights_only=True)
    except pickle.UnpicklingError:
        raise WeightsRefused(model=title) from None
    except (RuntimeError, EOFError, OSError, ValueError, KeyError):
        raise WeightsMissing(model=title, missing=f"the file {path.name} is damaged", instead=INSTEAD) from None
    for inner in ("state_dict", "module", "model"):
        if isinstance(found, dict) and isinstance(found.get(inner), dict):
            found = found[inner]
    tensors = _flat(found)
    if not tensors:
        raise WeightsMissing(model=title, missing=f"the file {path.name} holds no weights", instead=INSTEAD)
    return tensors


def _flat(found: Any) -> dict[str, Any]:
    """The tensors of a pickle by name. Several networks in one file, each a table of its own, get their names as
    prefix; what lies deeper (the state of an optimiser) is no weight."""
    import torch

    if not isinstance(found, dict):
        return {}
    tables = {"": found} | {f"{name}.": inner for name, inner in found.items() if isinstance(inner, dict)}
    return {
        f"{prefix}{key}": value
        for prefix, table in tables.items()
        for key, value in table.items()
        if isinstance(value, torch.Tensor)
    }


def write_tensors(path: Path, tensors: Mapping[str, Any]) -> str:
    """Writes a safetensors file (an 8-byte length, a JSON header, the bytes) with one tensor in memory at a time.
    Returns its SHA-256."""
    import torch

    header: dict[str, object] = {"__metadata__": {"format": "pt"}}
    offset = 0
    for key, tensor in tensors.items():
        size = tensor.numel() * tensor.element_size()
        number = NUMBERS[str(tensor.dtype).removeprefix("torch.")]
        header[key] = {"dtype": number, "shape": list(tensor.shape), "data_offsets": [offset, offset + size]}
        offset += size
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    digest = hashlib.sha256()
    with path.open("wb") as file:

        def write(piece: Any) -> None:
            digest.update(piece)
            file.write(piece)

        write(len(text).to_bytes(8, "little") + text)
        for tensor in tensors.values():
            if tensor.numel():
                write(tensor.detach().contiguous().reshape(-1).view(torch.uint8).numpy().data)
    return digest.hexdigest()
