"""What a backend declares, and the Protocols that it fulfils. Frozen data, no torch.

A backend is one module with `SPEC` (or `SPECS`, variants written as differences of one base) and
`load(runtime: Runtime)`, which does the heavy imports and returns the callable. tryon/catalog.py finds it;
menus, the docs table, the tests, the memory plan and the benchmark follow from the spec.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, Protocol, TypeAlias

from tryon.events import Event
from tryon.settings import Settings
from tryon.types import CATEGORIES, Category, ClipFitting, Dressed, Fitting, Garment, MemoryPlan, Person, Photo, Scene

Kind: TypeAlias = Literal["parser", "garment", "transfer", "video"]
# What a backend reads of a Fitting or a Scene: only that is computed, and the page says what a choice uses.
Reads: TypeAlias = Literal[
    "photo",
    "labels",
    "keypoints",
    "parts",
    "depth",
    "outline",
    "mask",
    "garments",
    "prompt",
    "driving",
    "look",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Weights:
    """Published files of one model, as its authors published them."""

    repo: str  # hub id, "owner/name"
    revision: str | None = None  # 40 hex digits; None: locked on first use
    files: tuple[str, ...] = ("*.safetensors", "*.json", "*.txt", "*.model", "*.jinja")
    subfolder: str = ""
    gib: float = 0.0  # size of what is downloaded
    gated: bool = False  # the page of the repository must be visited first
    page: str = ""  # not on the hub: where people fetch the files themselves, into the folder of `repo`
    command: str = ""  # nobody published any: what people train their own with, which come into the folder of `repo`
    optional: bool = False  # the system runs without these files too; they are never asked for
    note: str = ""


Role: TypeAlias = Literal["denoiser", "text", "image", "vae", "other"]
Saving: TypeAlias = Literal["fp8", "int8", "model", "group", "sequential", "tiling"]


@dataclass(frozen=True, slots=True)
class Component:
    """A network of a backend, named as its folder on the hub."""

    name: str
    role: Role
    parameters: int  # counted from the built module
    dtype: str = ""  # "": the run's; "float32" where the authors ask for that
    kept: float = 0.04  # share of the parameters that stays as it is when weights are stored in eight bits

    def gib(self, dtype: str) -> float:
        """Of its weights, when the run is in `dtype`."""
        return self.parameters * (4 if (self.dtype or dtype) == "float32" else 2) / 1024**3


@dataclass(frozen=True, slots=True, kw_only=True)
class Peak:
    """GiB of values at the worst moment, beside the weights: a sum of terms for a film of so many megapixels and
    frames (a picture has one frame). Where a film is worked at in windows, no more frames than `window` at once."""

    fixed: float = 0.0
    megapixel: float = 0.0  # for each megapixel of a frame
    frame: float = 0.0  # for each frame
    volume: float = 0.0  # for each megapixel of each frame, of a window at most
    window: int = 0  # frames; 0: all

    def __call__(self, megapixels: float, frames: int) -> float:
        together = min(frames, self.window or frames)
        return self.fixed + self.megapixel * megapixels + self.frame * frames + self.volume * megapixels * together


@dataclass(frozen=True, slots=True, kw_only=True)
class Footprint:
    """What the memory planner needs to know of a backend."""

    components: tuple[Component, ...]
    denoise: Peak  # one call of the denoiser
    decode: Peak  # the autoencoder, the whole picture at once
    tiled: Peak | None = None  # the autoencoder in tiles; None: it cannot
    dtype: str = "bfloat16"  # what the authors run it in
    savings: frozenset[Saving] = frozenset({"fp8", "int8", "model", "group", "sequential", "tiling"})

    @property
    def parameters(self) -> int:
        return sum(part.parameters for part in self.components)


@dataclass(frozen=True, slots=True, kw_only=True)
class Prompting:
    """How a model wants to be talked to. In `template`, {look} is the person and the garments as our analysis sees
    them, {motion} the user's own words, verbatim."""

    template: str = "{look} {motion}"
    still: str = "The person moves slightly, breathing naturally. The camera is still."  # when no words were given
    negative: str = ""
    tokens: int = 512  # longest text that it reads


@dataclass(frozen=True, slots=True, kw_only=True)
class BackendSpec:
    """What every backend declares."""

    name: str  # stable id, used by the API, the command line and the files' metadata
    title: str  # what the menu shows
    family: str
    about: str  # one sentence for the shopper: what it is good at
    licence: str  # SPDX id, or the licence's own name
    commercial: bool  # may results be used commercially under that licence
    source: str  # paper or repository
    weights: tuple[Weights, ...] = ()  # empty: nothing to download
    parameters: int = 0  # counted from the built modules
    gpu_gib: float = 0.0  # least GPU memory that it runs in with every offload; 0: runs on a CPU, or see footprint
    footprint: Footprint | None = None  # what the planner works with; None: gpu_gib is all that is known
    reads: frozenset[Reads] = frozenset()
    rank: int = 100  # order in menus; the lowest that can run is the default
    extra: str = ""  # the pip extra that it needs, "" for the embedded set

    @property
    def counted(self) -> int:
        """Parameters of all its networks, counted from the built modules."""
        return self.parameters or (self.footprint.parameters if self.footprint else 0)

    @property
    def remarks(self) -> tuple[str, ...]:
        """What whoever chooses it should know of its files: terms, and what could not be verified."""
        return tuple(dict.fromkeys(weights.note for weights in self.weights if weights.note))


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferSpec(BackendSpec):
    """A garment-transfer backend (a try-on system)."""

    kind: Kind = "transfer"
    categories: tuple[Category, ...] = CATEGORIES
    garments: tuple[int, int] = (1, 1)  # fewest, most garments in one pass
    sizes: tuple[tuple[int, int], ...] = ()  # working width, height; empty: any, see max_side
    any_aspect: bool = False  # works at other aspects too, with as many pixels as in sizes
    max_side: int = 1536  # px, longest side worked at when sizes is empty
    stride: int = 1  # px, sizes are multiples
    maskless: bool = False
    guesses: bool = False  # its result may be another backend's first guess
    guessed: bool = False  # starts from a first guess where it is given one
    samples: int = 1  # most pictures that are worth trying for one order (seeds differ)
    clips: bool = False  # `load` gives a ClipModel: it also dresses whole clips; else a clip's first frame is dressed
    steps: tuple[int, int, int] = (1, 1, 1)  # fewest, most, default
    guidance: tuple[float, float, float] = (1.0, 1.0, 1.0)  # least, most, default
    variants: tuple[tuple[Category, str], ...] = ()  # checkpoint variant per category, where they differ

    @property
    def paints(self) -> bool:
        """A network makes the picture: it is measured, and the photo's identity is kept from it. What is only warped is
        the garment itself."""
        return bool(self.weights) or self.samples > 1


@dataclass(frozen=True, slots=True, kw_only=True)
class VideoSpec(BackendSpec):
    """An image-to-video backend."""

    kind: Kind = "video"
    sizes: tuple[tuple[int, int], ...] = ((480, 640), (576, 768), (720, 1280))  # offered widths, heights
    any_size: bool = False  # True: other sizes too, within `side`
    side: tuple[int, int] = (256, 1920)  # px, shortest and longest side
    stride: int = 2  # px, width and height are multiples
    # What the model works at, where that differs from what is asked; the film is brought to the size asked for.
    native: tuple[tuple[int, int], ...] = ()  # its only widths, heights; empty: any of `stride` up to max_area
    max_area: int = 0  # px, the largest picture that it works at; 0: as large as asked
    frame_rule: tuple[int, int] = (1, 0)  # (k, r): the model's own frames % k == r
    frames: tuple[int, int] = (2, 300)  # fewest, most of the model's own
    fps: tuple[int, int, int] = (16, 30, 24)  # fewest, most, default of the film
    native_fps: int = 0  # of the model's own frames, which are repeated or left out for others; 0: any
    seconds: float = 3.0  # default length
    steps: tuple[int, int, int] = (1, 1, 1)
    guidance: tuple[float, float, float] = (1.0, 1.0, 1.0)
    prompted: bool = True  # reads the sentence
    prompting: Prompting = Prompting()
    loops: bool = False  # can close the loop
    needs_clip: bool = False  # cannot do without the clip that it reads ("driving"); else a photo is enough
    clamps_first: bool = False  # the first frame is the picture itself, up to the autoencoder
    parallel: bool = False  # the cards of a machine may share one film
    streams: bool = True  # finished frames come while the rest is still being decoded


@dataclass(frozen=True, slots=True, kw_only=True)
class ParserSpec(BackendSpec):
    """A person parser or a garment parser."""

    kind: Kind = "parser"


AnySpec: TypeAlias = TransferSpec | VideoSpec | ParserSpec


@dataclass(frozen=True, kw_only=True)
class Machine:
    """What this machine has: the planner's and the menus' view of it."""

    device: str  # "cpu", "cuda", "mps"
    name: str  # "CPU, 2 cores", "NVIDIA GeForce RTX 4090"
    gpu_gib: float  # memory of one card, 0 without
    ram_gib: float
    cores: int
    torch: bool  # the full set is installed
    int8: bool = False  # torchao is installed: weights can be stored in eight bits with a scale


@dataclass(frozen=True, kw_only=True)
class Runtime:
    """What `load` gets."""

    spec: AnySpec
    device: str = "cpu"
    dtype: str = "float32"
    threads: int = 0
    weights: Path | None = None  # folder laid out as the hub repository is; None: nothing to load or fetch it
    memory: MemoryPlan = field(default_factory=MemoryPlan)
    report: Callable[[float], None] | None = field(default=None, compare=False)  # download progress 0..1
    settings: Settings | None = field(
        default=None, compare=False
    )  # where weights are kept; None: read from the environment


class TransferModel(Protocol):
    def __call__(self, fitting: Fitting) -> Generator[Event, None, Dressed]:
        """Yields Preview, Progress and Note; returns the dressed picture at fitting's working size."""
        ...


class BatchModel(TransferModel, Protocol):
    """A transfer model that also tries several seeds at once."""

    def several(self, fitting: Fitting, seeds: tuple[int, ...]) -> Generator[Event, None, list[Dressed]]:
        """As a call for each seed (`fitting.seed` is not read), one progress over all; in their order."""
        ...


class ClipModel(TransferModel, Protocol):
    """A transfer model that also dresses clips (TransferSpec.clips)."""

    def dress_clip(self, task: ClipFitting) -> Iterator[Event | Dressed]:
        """Yields Preview, Progress, Note, and exactly one Dressed per frame of the clip, in order, at working size.

        What alpha leaves is the clip's own, bit for bit; the pipeline pastes, labels and encodes.
        """
        ...


class VideoModel(Protocol):
    def __call__(self, scene: Scene) -> Iterator[Event]:
        """Yields Preview, Progress, Note, and exactly scene.frames FrameReady of scene.width x scene.height."""
        ...


class PersonParser(Protocol):
    def __call__(self, photo: Photo) -> Person:
        """Raises NoPerson."""
        ...


class GarmentParser(Protocol):
    def __call__(self, photo: Photo, category: Category | None = None) -> Garment:
        """`category` None: guessed. Raises NoGarment."""
        ...
