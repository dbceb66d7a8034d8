"""VITON (Han et al., CVPR 2018), where image-based try-on began: a coarse network, a matched outline, a refinement.

Its pictures are 256 x 192. The published checkpoints are TensorFlow's and are read without it. The second entry is the
paper's warp without its networks: the outline that stage 1 would predict comes from the embedded engine's geometry,
and what the paper leaves to the networks (skin, light, what lies in front) from its composition.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
from PIL import Image

from tryon.events import Event, Preview, Progress
from tryon.masking import lip20
from tryon.notes import note
from tryon.spec import Runtime, TransferModel, TransferSpec, Weights
from tryon.transfer.classic.person_maps import HEIGHT, WIDTH, PersonMaps, person_maps, stretched
from tryon.transfer.classic.shape_context import HEIGHT as ROWS
from tryon.transfer.classic.shape_context import WIDTH as COLUMNS
from tryon.transfer.classic.shape_context import Array, OutlineLost, control_points, garment_shape, places, warped
from tryon.types import Box, Dressed, Fitting, Floats, Garment, Mask, Pixels

if TYPE_CHECKING:
    from tryon.transfer.warping.layers import Dressing

REPO = "xthan/VITON"
STAGES = ("stage1/model-15000", "stage2/model-6000")
SPEC = TransferSpec(
    name="viton",
    title="VITON (2018)",
    family="VITON",
    about="The paper that image-based try-on began with; small pictures, tops only.",
    licence="Apache-2.0 code, weights without a licence",
    commercial=False,
    source="https://arxiv.org/abs/1711.08447",
    weights=(
        Weights(
            repo=REPO,
            files=tuple(f"{stage}.{part}" for stage in STAGES for part in ("index", "data-*")),
            page="https://github.com/xthan/VITON",
            note="The authors withdrew the dataset; the weights carry no licence.",
        ),
    ),
    parameters=29_347_265,
    reads=frozenset({"photo", "labels", "keypoints", "mask", "garments"}),
    sizes=((WIDTH, HEIGHT),),
    stride=1,
    categories=("top",),
    rank=90,
    extra="gpu",
)
SPECS = (
    SPEC,
    replace(
        SPEC,
        name="viton-warp",
        title="VITON's warp (2018), without its networks",
        about="The outline is matched and one spline bends the whole garment; nothing is downloaded.",
        licence="Apache-2.0",
        commercial=True,
        weights=(),
        parameters=0,
        reads=frozenset({"photo", "labels", "keypoints", "parts", "outline", "mask", "garments", "prompt"}),
        sizes=(),
        categories=("top", "bottom", "dress"),
        max_side=1536,
        rank=91,
        extra="",
    ),
)
# TensorFlow's names -> ours; the last of the four batch moments are the stored ones.
RULES = (
    (r"^generator/(encoder|decoder)_(\d)/(?:de)?conv/filter$", r"\1.\2.conv.weight"),
    (r"^generator/(encoder|decoder)_(\d)/batchnorm/Variable$", r"\1.\2.norm.scale"),
    (r"^generator/(encoder|decoder)_(\d)/batchnorm/Variable_1$", r"\1.\2.norm.shift"),
    (r"^generator/(encoder|decoder)_(\d)/batchnorm/Variable_2$", r"\1.\2.norm.mean"),
    (r"^generator/(encoder|decoder)_(\d)/batchnorm/Variable_3$", r"\1.\2.norm.variance"),
    (r"^refine_generator/g_256_conv(\d)/weights$", r"conv.\1.weight"),
    (r"^refine_generator/g_256_conv(\d)/LayerNorm/gamma$", r"norm.\1.weight"),
    (r"^refine_generator/g_256_conv(\d)/LayerNorm/beta$", r"norm.\1.bias"),
    (r"^refine_generator/g_1024_final/weights$", "last.weight"),
    (r"^refine_generator/g_1024_final/biases$", "last.bias"),
)
TRAINING = ("/Adam", "/ExponentialMovingAverage", "/RMSProp")  # what optimisers keep beside a variable


@dataclass(frozen=True, eq=False)
class Coarse:
    """What stage 1 gives: the garment's mask (256, 192) and the picture (256, 192, 3), float32 in -1..1."""

    mask: Floats
    picture: Floats


@dataclass(frozen=True)
class Viton:
    """The loaded system."""

    coarse: Any
    refine: Any

    def first(self, maps: PersonMaps) -> Coarse:
        """Stage 1."""
        found = self.coarse(_planes(maps.representation))[0].permute(1, 2, 0).numpy()
        return Coarse(mask=found[..., 0], picture=found[..., 1:])

    def second(self, warped_garment: Floats, picture: Pixels, mask: Mask) -> tuple[Floats, Floats]:
        """Stage 2: the finished picture (256, 192, 3) in -1..1, and the share 0..1 of the garment (256, 192, 1) before
        the mask. It sees stage 1 as uint8 pictures, stretched to the full range (`stretched`)."""
        cloth = _planes(warped_garment)
        below = _planes(picture.astype(np.float32) / np.float32(255)) * 2 - 1
        share = self.refine(cloth, below)
        taken = share * _planes(mask.astype(np.float32)[..., None] / np.float32(255))
        whole = taken * cloth + (1 - taken) * below
        return whole[0].permute(1, 2, 0).numpy(), share[0].permute(1, 2, 0).numpy()


def load(runtime: Runtime) -> TransferModel:
    """Loads a variant. Raises what the weights room raises."""
    if not runtime.spec.weights:
        return put_on_by_warp
    system = open_system(runtime)

    def put_on(fitting: Fitting) -> Generator[Event, None, Dressed]:
        import torch

        from tryon.transfer.diffusion.masks import published_mask
        from tryon.transfer.diffusion.pictures import as_pixels, at_size, dressed, feathered, garment_and_mask, padded
        from tryon.transfer.diffusion.sampling import preview

        mask = fitting.mask
        if mask is None:
            mask = published_mask(fitting.person, fitting.category, "viton")
        photo = fitting.person.photo
        cloth, cutout = (
            np.asarray(padded(picture, photo.width, photo.height)) for picture in garment_and_mask(fitting.garments[0])
        )
        points = np.where(fitting.person.keypoints[:, 2:] > 0, fitting.person.keypoints[:, :2], -1)
        maps = person_maps(photo.pixels, cloth, lip20(fitting.person.labels), points)
        alpha = feathered(mask)
        with torch.inference_mode():
            coarse = system.first(maps)
            rough = stretched(coarse.picture / np.float32(2) + np.float32(0.5))
            yield Progress("transfer", 0.5)
            yield Preview("transfer", preview(photo.pixels, rough, alpha))
            try:
                rng = np.random.default_rng(fitting.seed)
                controls = control_points(garment_shape(cutout > 127), worn_shape(coarse.mask), rng)
            except OutlineLost:  # upstream skips such pictures
                yield note("outline_lost")
                pixels = rough
            else:
                moved = warped(maps.garment, controls, WIDTH, HEIGHT)
                whole, _ = system.second(moved, rough, stretched(coarse.mask))
                pixels = as_pixels(torch.from_numpy(whole).permute(2, 0, 1)[None])[0]
        yield Progress("transfer", 1.0)
        return dressed(photo.pixels, at_size(pixels, photo.pixels), alpha)

    return put_on


def put_on_by_warp(fitting: Fitting) -> Generator[Event, None, Dressed]:
    """Dresses the person with one spline for the whole garment. Raises PersonIncomplete."""
    from tryon.transfer.warping.compose import dress
    from tryon.transfer.warping.wishes import read_wishes

    garment, found = fitting.garments[0], []

    def relaid(dressing: Dressing) -> Dressing:
        rng = np.random.default_rng(fitting.seed)
        try:
            return replace(dressing, layers=[one_layer(garment, dressing, rng)])
        except OutlineLost:
            found.append(note("outline_lost"))
            return dressing

    limit = None if fitting.mask is None else fitting.mask.astype(np.float32) / 255
    wishes = read_wishes(fitting.prompt)
    result = dress(fitting.person, garment, fitting.category, limit, wishes, fitting.seed, relaid)
    yield from found
    pixels = np.rint(result.pixels).astype(np.uint8)
    alpha = np.rint(result.changed * 255).astype(np.uint8)
    pixels[alpha == 0] = fitting.person.photo.pixels[alpha == 0]
    yield Preview("transfer", pixels)
    yield Progress("transfer", 1.0)
    return Dressed(pixels=pixels, alpha=alpha)


def one_layer(garment: Garment, dressing: Dressing, rng: np.random.Generator) -> Any:
    """The whole garment as one layer, bent into the outline that the layers of `dressing` have together.

    The spline is found on the paper's small grid, which both shapes fill, and the garment looked up at its own size, so
    prints stay sharp.
    """
    from tryon.transfer.warping.field import OUTSIDE, Field
    from tryon.transfer.warping.layers import render, worn_alone
    from tryon.transfer.warping.pieces import Piece

    cloth, alpha = dressing.cloth, worn_alone(dressing)[1]
    source, target = framed(cloth.alpha), framed(alpha)
    shape = garment_shape(_inside(cloth.alpha, source) > 0.5)
    wanted = cv2.resize(_inside(alpha, target), (COLUMNS, ROWS), interpolation=cv2.INTER_AREA)
    controls = control_points(shape, wanted, rng)
    found = (places(controls, target.width, target.height) + 1) / 2 * (source.width - 1, source.height - 1)
    field = Field(x=np.full(alpha.shape, OUTSIDE, np.float32), y=np.full(alpha.shape, OUTSIDE, np.float32))
    top, left = max(0, target.y0), max(0, target.x0)
    here = np.s_[top : target.y1, left : target.x1]
    seen = found[top - target.y0 :, left - target.x0 :][: field.x[here].shape[0], : field.x[here].shape[1]]
    field.x[here], field.y[here] = seen[..., 0] + source.x0, seen[..., 1] + source.y0
    return render(cloth, Piece(name="trunk", part=np.ones_like(cloth.alpha), field=field))


def framed(alpha: Floats, margin: float = 0.08) -> Box:
    """The box of a shape (h, w) 0..1 with a margin, which may lie beyond the picture. Raises OutlineLost for none."""
    rows, columns = (np.flatnonzero(alpha.max(axis=axis) > 0.5) for axis in (1, 0))
    if not rows.size:
        raise OutlineLost("there is no shape")
    room = max(2, round(margin * max(rows[-1] - rows[0], columns[-1] - columns[0])))
    return Box(int(columns[0]) - room, int(rows[0]) - room, int(columns[-1]) + 1 + room, int(rows[-1]) + 1 + room)


def _inside(plane: Floats, box: Box) -> Floats:
    """The part of a plane in a box, 0 beyond the plane."""
    height, width = plane.shape
    room = max(0, -box.x0, -box.y0, box.x1 - width, box.y1 - height)
    wide = np.pad(plane, room)
    return np.ascontiguousarray(wide[box.y0 + room : box.y1 + room, box.x0 + room : box.x1 + room])


def worn_shape(mask: Floats) -> Array:
    """Stage 1's mask (256, 192) on the grid (64, 48) on which outlines are matched, by the bicubic filter."""
    image = Image.fromarray(mask.astype(np.float32))
    return np.asarray(image.resize((COLUMNS, ROWS), Image.Resampling.BICUBIC), np.float64)


def open_system(runtime: Runtime) -> Viton:
    """Both networks, on the CPU: they are small."""
    from tryon.nets.viton import CoarseGenerator, RefineGenerator
    from tryon.weights.layout import locate

    title, root = runtime.spec.title, locate(runtime)[REPO]
    first = dict(_published(root / STAGES[0], title))
    return Viton(
        coarse=_filled(CoarseGenerator.like, first, title),
        refine=_filled(lambda shapes: RefineGenerator(), dict(_published(root / STAGES[1], title)), title),
    )


def _filled(make: Any, arrays: dict[str, Array], title: str) -> Any:
    import torch

    from tryon.transfer.diffusion.models import sized
    from tryon.weights.fill import take

    net = sized(make, {name: value.shape for name, value in arrays.items()}, title)
    tensors = ((name, torch.from_numpy(_turned(value).copy())) for name, value in arrays.items())
    return take(net, tensors, title=title, dtype=torch.float32, rules=RULES)


def _published(prefix: Path, title: str) -> Iterator[tuple[str, Array]]:
    """The variables of the networks, without what training kept beside them."""
    from tryon.weights.tensor_bundle import read_bundle

    def of_a_network(name: str) -> bool:
        return name.startswith(("generator/", "refine_generator/")) and not any(part in name for part in TRAINING)

    yield from read_bundle(prefix, title=title, keep=of_a_network)


def _turned(filters: Array) -> Array:
    """TensorFlow's filters (h, w, in, out) as torch's (out, in, h, w), and transposed ones (h, w, out, in) likewise."""
    return filters.transpose(3, 2, 0, 1) if filters.ndim == 4 else filters


def _planes(picture: Floats) -> Any:
    """(h, w, c) -> (1, c, h, w)."""
    import torch

    return torch.from_numpy(np.ascontiguousarray(picture)).permute(2, 0, 1)[None].float()
