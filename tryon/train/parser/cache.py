"""The assets in one .npz file, so that the text files are parsed once. Plain arrays: opening it runs no code."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from tryon.train.parser.assets import Assets, Fitted, Target

Array = NDArray[Any]
_SHELVES = ("hair", "clothes", "eyebrows")
_PLAIN = ("base", "vertex", "uv", "faces", "group", "eye_texture")


def save(assets: Assets, path: Path) -> None:
    arrays: dict[str, Array] = {name: getattr(assets, name) for name in _PLAIN}
    arrays["groups"], arrays["bones"] = np.array(assets.groups), np.array(assets.bones)
    arrays["parent"] = np.array(assets.parent)
    for name in ("head", "tail"):
        ids: list[Array] = getattr(assets, name)
        arrays[name], arrays[f"{name}.lengths"] = np.concatenate(ids), np.array([len(i) for i in ids])
    _put_sparse(arrays, "weights", assets.weights)
    for name, mask in assets.masks.items():
        arrays[f"masks:{name}"] = mask
    for name, target in assets.targets.items():
        if isinstance(target, tuple):
            arrays[f"ids:{name}"], arrays[f"offsets:{name}"] = target
        else:
            arrays[f"dense:{name}"] = target
    pieces = {f"{shelf}:{name}": piece for shelf in _SHELVES for name, piece in getattr(assets, shelf).items()}
    for name, piece in {**pieces, "eyes:": assets.eyes}.items():
        _put_fitted(arrays, name, piece)
    with path.open("wb") as out:
        np.savez_compressed(out, allow_pickle=False, **arrays)


def load(path: Path) -> Assets:
    with np.load(path, allow_pickle=False) as stored:
        arrays = {name: stored[name] for name in stored.files}

    def named(prefix: str) -> dict[str, Array]:
        return {key[len(prefix) :]: value for key, value in arrays.items() if key.startswith(prefix)}

    targets: dict[str, Target] = dict(named("dense:"))
    offsets = named("offsets:")
    targets.update({name: (ids, offsets[name]) for name, ids in named("ids:").items()})

    def shelf(kind: str) -> dict[str, Fitted]:
        names = [key.removesuffix(".offset") for key in named(f"{kind}:") if key.endswith(".offset")]
        return {name: _get_fitted(arrays, f"{kind}:{name}") for name in names}

    def lists(name: str) -> list[Array]:
        return np.split(arrays[name], np.cumsum(arrays[f"{name}.lengths"])[:-1])

    return Assets(
        **{name: arrays[name] for name in _PLAIN},
        groups=arrays["groups"].tolist(),
        bones=arrays["bones"].tolist(),
        parent=arrays["parent"].tolist(),
        head=lists("head"),
        tail=lists("tail"),
        weights=_get_sparse(arrays, "weights"),
        targets=targets,
        hair=shelf("hair"),
        clothes=shelf("clothes"),
        eyebrows=shelf("eyebrows"),
        eyes=_get_fitted(arrays, "eyes:"),
        masks=named("masks:"),
    )


def _put_sparse(arrays: dict[str, Array], name: str, matrix: sp.csr_matrix) -> None:
    arrays[f"{name}.data"], arrays[f"{name}.indices"] = matrix.data, matrix.indices
    arrays[f"{name}.indptr"], arrays[f"{name}.shape"] = matrix.indptr, np.array(matrix.shape)


def _get_sparse(arrays: dict[str, Array], name: str) -> sp.csr_matrix:
    content = tuple(arrays[f"{name}.{part}"] for part in ("data", "indices", "indptr"))
    return sp.csr_matrix(content, shape=tuple(arrays[f"{name}.shape"].tolist()))


def _put_fitted(arrays: dict[str, Array], name: str, piece: Fitted) -> None:
    _put_sparse(arrays, f"{name}.basis", piece.basis)
    _put_sparse(arrays, f"{name}.weights", piece.weights)
    for part in ("offset", "uv", "faces", "hides", "source"):
        arrays[f"{name}.{part}"] = getattr(piece, part)
    arrays[f"{name}.scale"] = np.array([rule or (-1, -1, 1.0) for rule in piece.scale], np.float64)


def _get_fitted(arrays: dict[str, Array], name: str) -> Fitted:
    rules = arrays[f"{name}.scale"].tolist()
    return Fitted(
        basis=_get_sparse(arrays, f"{name}.basis"),
        weights=_get_sparse(arrays, f"{name}.weights"),
        scale=tuple((int(i), int(j), rest) if i >= 0 else None for i, j, rest in rules),
        **{part: arrays[f"{name}.{part}"] for part in ("offset", "uv", "faces", "hides", "source")},
    )
