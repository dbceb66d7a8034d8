"""Reader of MakeHuman's CC0 data files: base mesh, morph targets, rig, hair, clothes and shoes.

Only the data is read (all of it released as CC0 1.0, see README.md for the licence trail); none of MakeHuman's
AGPL program code is used. The files come from a folder that the user names, laid out as three checkouts:
makehumancommunity/makehuman, makehumancommunity/makehuman-assets and makehumancommunity/mpfb2.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

Array = NDArray[Any]
Target = Array | tuple[Array, Array]  # dense offsets (n,3), or indices (k,) and offsets (k,3)

_DETAILS = (
    "head", "nose", "eyes", "mouth", "chin", "cheek", "neck", "torso", "hip", "breast", "stomach", "armslegs",
    "forehead", "eyebrows", "ears", "buttocks",
)  # fmt: skip
_SKIN_MASKS = ("lips", "face", "eyelids", "ears", "fingernails")


@dataclass(frozen=True)
class Fitted:
    """A mesh that follows the body: each vertex is a weighted sum of base vertices plus an offset.

    basis (n,base) and weights (n,bones) sparse, offset (n,3), scale: per axis two base vertices and their rest
    distance, uv (n,2), faces (t,3), hides (base,) bool: base vertices that it covers, source (n,): vertex of the
    file that each (vertex, uv) pair came from.
    """

    basis: sp.csr_matrix
    weights: sp.csr_matrix
    offset: Array
    scale: tuple[tuple[int, int, float] | None, ...]
    uv: Array
    faces: Array
    hides: Array
    source: Array


@dataclass(frozen=True)
class Assets:
    """Everything that is read, in the files' own unit, the decimetre."""

    base: Array  # (n,3)
    vertex: Array  # (m,) base vertex of each (vertex, uv) pair
    uv: Array  # (m,2)
    faces: Array  # (t,3) into pairs
    group: Array  # (t,) index into groups
    groups: list[str]
    bones: list[str]  # parents before children
    parent: list[int]
    head: list[Array]  # base vertices whose mean is the bone's start
    tail: list[Array]
    weights: sp.csr_matrix  # (n,bones)
    targets: dict[str, Target]
    hair: dict[str, Fitted]
    clothes: dict[str, Fitted]
    eyebrows: dict[str, Fitted]
    eyes: Fitted
    eye_texture: Array  # (512,512,3) uint8
    masks: dict[str, Array]  # (1024,1024) uint8 on the skin's uv square


def read(folder: Path) -> Assets:
    """All files of the three checkouts under `folder`."""
    program = _one(folder, "*makehuman") / "makehuman" / "data"
    shelf = _one(folder, "*makehuman-assets") / "base"
    addon = _one(folder, "*mpfb2") / "src" / "mpfb" / "data"
    mesh = read_obj(program / "3dobjs" / "base.obj")
    count = len(mesh["v"])
    skeleton = json.loads((program / "rigs" / "default.mhskel").read_text())
    bones = _ordered(skeleton["bones"])
    index = {name: i for i, name in enumerate(bones)}
    table = json.loads((program / "rigs" / "default_weights.mhw").read_text())["weights"]
    weights = _weights(table, index, count)
    vertex, uv, faces = split_uv(mesh)

    def wardrobe(kind: str) -> dict[str, Fitted]:
        files = sorted((shelf / kind).glob("*/*.mhclo"))
        return {path.stem: read_mhclo(path, count, weights) for path in files}

    parents = [skeleton["bones"][b]["parent"] for b in bones]
    return Assets(
        base=mesh["v"], vertex=vertex, uv=uv, faces=faces, group=mesh["g"], groups=mesh["groups"], bones=bones,
        parent=[index[p] if p else -1 for p in parents],
        head=[np.array(skeleton["joints"][skeleton["bones"][b]["head"]]) for b in bones],
        tail=[np.array(skeleton["joints"][skeleton["bones"][b]["tail"]]) for b in bones],
        weights=weights, targets=dict(_targets(program / "targets", count)),
        hair=wardrobe("hair"), clothes=wardrobe("clothes"), eyebrows=wardrobe("eyebrows"),
        eyes=read_mhclo(program / "eyes" / "high-poly" / "high-poly.mhclo", count, weights),
        eye_texture=_picture(program / "eyes" / "materials" / "brown_eye.png", 512, cv2.IMREAD_COLOR),
        masks={k: _picture(addon / "textures" / f"mpfb_{k}.jpg", 1024, cv2.IMREAD_GRAYSCALE) for k in _SKIN_MASKS},
    )  # fmt: skip


def _one(folder: Path, pattern: str) -> Path:
    found = sorted(p for p in folder.glob(pattern) if p.is_dir())
    if not found:
        raise FileNotFoundError(f"no folder {pattern} in {folder}")
    return found[0]


def _picture(path: Path, size: int, mode: int) -> Array:
    picture = cv2.imread(str(path), mode)
    if picture is None:
        raise FileNotFoundError(str(path))
    picture = cv2.resize(picture, (size, size), interpolation=cv2.INTER_AREA)
    return picture if picture.ndim == 2 else np.ascontiguousarray(picture[:, :, ::-1])


def _ordered(bones: dict[str, Any]) -> list[str]:
    order: list[str] = []
    waiting = dict(bones)
    while waiting:
        ready = [name for name, bone in waiting.items() if bone["parent"] is None or bone["parent"] in order]
        for name in ready:
            order.append(name)
            waiting.pop(name)
    return order


def _weights(table: dict[str, list[tuple[int, float]]], index: dict[str, int], count: int) -> sp.csr_matrix:
    entries = [(i, index[bone], w) for bone, pairs in table.items() for i, w in pairs]
    rows, columns, values = zip(*entries, strict=True)
    matrix = sp.csr_matrix((np.array(values, np.float32), (rows, columns)), shape=(count, len(index)))
    total = np.asarray(matrix.sum(1)).ravel()
    return (sp.diags(1 / np.maximum(total, 1e-6)) @ matrix).tocsr().astype(np.float32)


def _targets(folder: Path, count: int) -> Iterator[tuple[str, Target]]:
    """Macro targets dense by file name, detail targets sparse as folder/name. Children are left out."""
    macro = [*(folder / "macrodetails").glob("*.target")]
    for part in ("height", "proportions"):
        macro += [*(folder / "macrodetails" / part).glob("*young*.target")]
    for path in sorted(macro):
        if "baby" not in path.stem and "child" not in path.stem:
            yield path.stem, read_target(path, count).astype(np.float16)
    for part in _DETAILS:
        for path in sorted((folder / part).glob("*.target")):
            offsets = read_target(path, count)
            if 0 < np.abs(offsets).max() < 3:
                moved = np.flatnonzero(np.abs(offsets).max(1) > 0)
                yield f"{part}/{path.stem}", (moved.astype(np.int32), offsets[moved].astype(np.float16))


def read_obj(path: Path) -> dict[str, Any]:
    """Wavefront OBJ: v (n,3), vt (k,2), triangles f and ft (t,3), g (t,) group index, groups."""
    v: list[list[float]] = []
    vt: list[list[float]] = []
    f: list[list[int]] = []
    ft: list[list[int]] = []
    g: list[int] = []
    groups: list[str] = []
    current = -1
    for line in path.read_text(errors="ignore").splitlines():
        words = line.split()
        if not words:
            continue
        if words[0] == "v":
            v.append([float(x) for x in words[1:4]])
        elif words[0] == "vt":
            vt.append([float(x) for x in words[1:3]])
        elif words[0] == "g":
            if words[1] not in groups:
                groups.append(words[1])
            current = groups.index(words[1])
        elif words[0] == "f":
            corners = [word.split("/") for word in words[1:]]
            vi = [int(c[0]) - 1 for c in corners]
            ti = [int(c[1]) - 1 if len(c) > 1 and c[1] else 0 for c in corners]
            for k in range(1, len(vi) - 1):
                f.append([vi[0], vi[k], vi[k + 1]])
                ft.append([ti[0], ti[k], ti[k + 1]])
                g.append(current)
    return {
        "v": np.array(v, np.float32), "vt": np.array(vt or [[0, 0]], np.float32), "f": np.array(f, np.int32),
        "ft": np.array(ft, np.int32), "g": np.array(g, np.int32), "groups": groups,
    }  # fmt: skip


def read_target(path: Path, count: int) -> Array:
    """Offsets (count,3) float32 of a morph target."""
    offsets = np.zeros((count, 3), np.float32)
    for line in path.read_text().splitlines():
        words = line.split()
        if words and not words[0].startswith("#"):
            offsets[int(words[0])] = [float(x) for x in words[1:4]]
    return offsets


def split_uv(mesh: dict[str, Any]) -> tuple[Array, Array, Array]:
    """One vertex per (vertex, uv) pair: vertex (m,), uv (m,2), faces (t,3)."""
    key = mesh["f"].astype(np.int64).ravel() * 1_000_003 + mesh["ft"].ravel()
    _, first, inverse = np.unique(key, return_index=True, return_inverse=True)
    faces = inverse.reshape(-1, 3).astype(np.int32)
    return mesh["f"].ravel()[first].astype(np.int32), mesh["vt"][mesh["ft"].ravel()[first]], faces


def read_mhclo(path: Path, count: int, weights: sp.csr_matrix) -> Fitted:
    """A .mhclo file and the .obj beside it."""
    header: dict[str, list[str]] = {}
    rows: list[list[float]] = []
    hides = np.zeros(count, bool)
    mode = ""
    for line in path.read_text(errors="ignore").splitlines():
        words = line.split()
        if not words or words[0].startswith("#"):
            continue
        if words[0] in ("verts", "delete_verts"):
            mode = words[0]
        elif mode == "verts" and words[0].lstrip("-").isdigit():
            numbers = [float(x) for x in words]
            rows.append([numbers[0]] * 3 + [1, 0, 0, 0, 0, 0] if len(numbers) == 1 else numbers[:9])
        elif mode == "delete_verts" and words[0].isdigit():
            _hide(words, hides)
        else:
            header[words[0]] = words[1:]
    table = np.array(rows, np.float64)
    n = len(table)
    place = (np.repeat(np.arange(n), 3), table[:, :3].astype(int).ravel())
    basis = sp.csr_matrix((table[:, 3:6].ravel(), place), shape=(n, count), dtype=np.float32)
    sizes = [header.get(f"{axis}_scale") for axis in "xyz"]
    scale = tuple((int(s[0]), int(s[1]), float(s[2])) if s else None for s in sizes)
    vertex, uv, faces = split_uv(read_obj(path.parent / header["obj_file"][0]))
    return Fitted(
        basis=basis[vertex], weights=(basis @ weights).tocsr()[vertex],
        offset=table[vertex, 6:9].astype(np.float32), scale=scale, uv=uv, faces=faces, hides=hides, source=vertex,
    )  # fmt: skip


def _hide(words: list[str], hides: Array) -> None:
    """Marks the numbers and the ranges "a - b" of one line."""
    i = 0
    while i < len(words):
        if i + 2 < len(words) and words[i + 1] == "-":
            hides[int(words[i]) : int(words[i + 2]) + 1] = True
            i += 3
        else:
            hides[int(words[i])] = True
            i += 1
