"""The catalogue as a Markdown document: what docs/models.md is made from."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from tryon.catalog import Catalog, Entry
from tryon.runtime.memory import Free, gpu_need, memory_plan, name_of, usual
from tryon.spec import AnySpec, Kind, VideoSpec

CARDS = (8, 12, 16, 24, 48, 80, 141)  # GB of graphics memory
FEW = 4  # sizes that are listed one by one
RAM_GIB = 128  # main memory that the table of cards assumes
HEAD = """# Models

Made by `python -m tryon models --markdown > docs/models.md` from the catalogue; a test holds it current. Parameters are
counted from the built networks. Downloads are about as large as told; sizes of repositories change.

How a model is held on a card, fastest first: **whole** on the card; **text**: all but the text encoder, which passes
through in pieces; **model**: its networks take turns on the card; **fp8**: the same with the largest at half its size;
**group**: layers pass through the card while others compute; **sequential**: one after the other. A dash: not even the
smallest film fits. The columns are for the model's usual film, with {ram} GB of main memory; `python -m tryon models`
tells it for this machine.
"""
SECTIONS: tuple[tuple[Kind, str], ...] = (("transfer", "Try-on models"), ("video", "Video models"))


def markdown(catalog: Catalog) -> str:
    """The whole document."""
    parts = [HEAD.format(ram=RAM_GIB)]
    for kind, title in SECTIONS:
        entries = catalog.of(kind)
        parts.append(f"## {title}\n\n{_facts(entries)}")
        if kind == "video":
            parts.append(f"### What each makes\n\n{_films(entries)}")
        held = [entry for entry in entries if entry.spec.footprint is not None]
        if held:
            parts.append(f"### {title} on cards of different sizes\n\n{_cards(held)}")
    return "\n".join(parts)


def _facts(entries: Iterable[Entry]) -> str:
    head = ("name", "model", "parameters", "download", "least card", "licence", "about")
    return _rows(head, (_fact(entry.spec) for entry in entries))


def _fact(spec: AnySpec) -> Sequence[str]:
    gib, need = sum(weights.gib for weights in spec.weights), gpu_need(spec)
    licence = spec.licence if spec.commercial else f"{spec.licence} (not commercial)"
    about = " ".join((spec.about, *spec.remarks))
    return (
        f"`{spec.name}`",
        f"[{spec.title}]({spec.source})" if spec.source.startswith("http") else spec.title,
        f"{spec.counted / 1e9:.2f} B" if spec.counted else "none",
        f"{gib:.1f} GB" if gib else "none",
        f"{need:.1f} GB" if need else "none",
        licence,
        about,
    )


def _films(entries: Iterable[Entry]) -> str:
    head = ("name", "works at", "its own frames", "frames a second", "steps", "guidance", "text", "seconds")
    return _rows(head, (_film(entry.spec) for entry in entries if isinstance(entry.spec, VideoSpec)))


def _film(spec: VideoSpec) -> Sequence[str]:
    rate = spec.native_fps or spec.fps[2]
    return (
        f"`{spec.name}`",
        works_at(spec),
        frames_of(spec),
        str(rate),
        str(spec.steps[2]) if spec.steps[1] > 1 else "",
        f"{spec.guidance[2]:g}" if spec.guidance[1] > 1 else "",
        "read" if spec.prompted else "not read",
        f"up to {spec.frames[1] / rate:.1f}",
    )


def works_at(spec: VideoSpec) -> str:
    """The sizes that a model itself makes, in words."""
    if spec.native:
        if len(spec.native) > FEW:
            largest = max(width * height for width, height in spec.native) / 1e6
            return f"{len(spec.native)} sizes of all shapes up to {largest:.2f} megapixels"
        return " or ".join(f"{width} x {height}" for width, height in spec.native)
    if spec.max_area:
        return f"multiples of {spec.stride} up to {spec.max_area / 1e6:.2f} megapixels"
    return "any size" if spec.any_size else ", ".join(f"{width} x {height}" for width, height in spec.sizes)


def frames_of(spec: VideoSpec) -> str:
    """How many frames a model itself makes, and by which rule."""
    (k, r), (low, high) = spec.frame_rule, spec.frames
    counts = f"{low} to {high}" if low < high else str(low)
    return counts if k == 1 else f"{counts}, {k}n + {r}"


def _cards(entries: Iterable[Entry]) -> str:
    return _rows(("name", *(f"{card} GB" for card in CARDS)), (_held(entry.spec) for entry in entries))


def _held(spec: AnySpec) -> Sequence[str]:
    assert spec.footprint is not None
    plans = [memory_plan(spec.footprint, *usual(spec), Free(card, RAM_GIB)) for card in CARDS]
    cells = [f"{name_of(plan)}, {plan.gpu_gib:.0f}" if plan else "-" for plan in plans]
    return (f"`{spec.name}`", *cells)


def _rows(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines) + "\n"
