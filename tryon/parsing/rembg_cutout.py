"""Garment cut-outs by rembg's networks, under rembg's own names, where their files are on this machine.

rembg brings the networks' reading and writing (resizing, normalising, scaling the answer); the files are its published
.onnx ones, which lie where rembg itself keeps them or in the weights folder under danielgatis/rembg. Nothing is
downloaded here. Category, lengths and landmarks follow from the cut-out as with the built-in reader.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tryon.errors import NoGarment, WeightsMissing
from tryon.notes import note
from tryon.parsing.garment import EmbeddedGarmentParser, from_cutout, implausible
from tryon.settings import read_settings
from tryon.spec import GarmentParser, ParserSpec, Runtime
from tryon.types import Category, Garment, Mask, Photo
from tryon.weights.hub import INSTEAD

Array = NDArray[Any]

REPO = "danielgatis/rembg"  # whose releases hold the files
U2NET = ParserSpec(
    name="rembg-u2net",
    title="rembg u2net",
    family="rembg",
    about="Cuts garments out of any background with U2-Net; needs its file u2net.onnx.",
    licence="Apache-2.0",
    commercial=True,
    source="https://arxiv.org/abs/2005.09007",
    kind="garment",
    reads=frozenset({"photo"}),
    rank=60,
    extra="gpu",
)
SPECS = (
    U2NET,
    replace(
        U2NET,
        name="rembg-u2net_cloth_seg",
        title="rembg u2net_cloth_seg",
        about="Cuts tops, bottoms and dresses that somebody wears with U2-Net; needs its file u2net_cloth_seg.onnx.",
        licence="MIT",
        source="https://github.com/levindabhi/cloth-segmentation",
        rank=61,
    ),
    replace(
        U2NET,
        name="rembg-isnet-general-use",
        title="rembg isnet-general-use",
        about="Cuts garments out of any background with IS-Net; needs its file isnet-general-use.onnx.",
        source="https://arxiv.org/abs/2203.03041",
        rank=62,
    ),
    replace(
        U2NET,
        name="rembg-birefnet-general",
        title="rembg birefnet-general",
        about="Cuts garments out of any background with BiRefNet, finest and slowest; needs birefnet-general.onnx.",
        licence="MIT",
        source="https://arxiv.org/abs/2401.03407",
        rank=63,
    ),
)
PARTS: tuple[Category, ...] = ("top", "bottom", "dress")  # order of u2net_cloth_seg's masks
LEAST = 0.004  # share of the photo below which a mask is noise
TRUST = 0.9


class RembgGarmentParser:
    """Photo -> Garment. `session` is one of rembg's; `worn` answers where the cut-out is no garment by itself."""

    def __init__(self, session: Any, worn: EmbeddedGarmentParser) -> None:
        self.session, self.worn = session, worn
        self.by_kind = session.name() == "u2net_cloth_seg"

    def __call__(self, photo: Photo, category: Category | None = None) -> Garment:
        """`category` None: guessed. Raises NoGarment."""
        from PIL import Image

        masks = [np.asarray(mask, np.uint8) for mask in self.session.predict(Image.fromarray(photo.pixels))]
        alpha, settled = self._chosen(masks, category)
        if (alpha > 127).mean() < LEAST or implausible(alpha):
            raise NoGarment
        garment = self.worn.worn(photo, settled)
        if garment is not None:
            # What somebody wears is read by the person's joints; the network's mask limits the cloth.
            cutout = np.minimum(garment.cutout, alpha) if not self.by_kind else alpha
            return replace(garment, cutout=cutout if (cutout > 127).mean() >= LEAST else garment.cutout)
        garment = from_cutout(photo, alpha, settled, TRUST)
        return garment if category else replace(garment, notes=(note("garment_guess", category=garment.category),))

    def _chosen(self, masks: list[Mask], category: Category | None) -> tuple[Mask, Category | None]:
        """The mask to go on with, and the category where the network or the caller knows it."""
        if not self.by_kind:
            return masks[0], category
        sizes = [float((mask > 127).mean()) for mask in masks]
        kind = category if category in PARTS else PARTS[int(np.argmax(sizes))]
        return masks[PARTS.index(kind)], kind


def load(runtime: Runtime) -> GarmentParser:
    """The parser; raises WeightsMissing where the network's file is not on this machine."""
    from rembg.sessions import sessions_class

    name = runtime.spec.name.removeprefix("rembg-")
    kind = next(cls for cls in sessions_class if cls.name() == name)
    path = find(runtime, kind, f"{name}.onnx")

    class Local(kind):  # type: ignore[misc, valid-type]
        """rembg's session, with the file that was found in place of its download."""

        @classmethod
        def download_models(cls, *_: Any, **__: Any) -> str:
            return str(path)

    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = runtime.threads or 2
    providers = ["CPUExecutionProvider"]
    if runtime.device.startswith("cuda"):
        providers.insert(0, "CUDAExecutionProvider")
    session = Local(name, options, providers=providers)
    return RembgGarmentParser(session, EmbeddedGarmentParser(runtime))


def find(runtime: Runtime, kind: Any, file: str) -> Path:
    """The network's file: in the runtime's or the settings' weights folder, or where rembg keeps it.

    Raises WeightsMissing.
    """
    root = runtime.weights or (runtime.settings or read_settings()).weights
    for path in (root / file, root / REPO / file):
        if path.is_file():
            return path
    known = kind.resolve_existing(file)
    if known is None:
        raise WeightsMissing(model=runtime.spec.title, missing=f"the file {file} not found", instead=INSTEAD)
    return Path(known)
