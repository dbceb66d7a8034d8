"""The product from Python, in three lines:

    from tryon.api import try_on

    result = try_on("person.jpg", "garment.jpg", "turns slowly to the left", out="out.mp4")

The same flow as the page and the command line. Whoever calls it answers for having permission to use the
photos; results carry the same marks as everywhere.
"""

from __future__ import annotations

import io
import os
import shutil
import tempfile
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from tryon.errors import OrderError, PhotoRejected, PhotoTooHeavy, TryonError, every_error
from tryon.events import Event, Failed, Finished
from tryon.types import Category, Clip, Photo, Quality, Request, Wear

if TYPE_CHECKING:
    from PIL.Image import Image

    from tryon.catalog import Catalog
    from tryon.pipeline import Pipeline
    from tryon.settings import Settings
    from tryon.spec import Machine

Source: TypeAlias = "str | os.PathLike[str] | bytes | Image | Photo | Clip"

FILMS, LOOPS, STILLS = (".mp4",), (".webp", ".gif"), (".png", ".jpg", ".jpeg", ".webp")


@dataclass(frozen=True, slots=True)
class Targets:
    """Where results go. At least one of them is there."""

    film: Path | None  # .mp4, or .webp / .gif for an endless loop
    image: Path | None  # .png, .jpg, .jpeg, .webp


def try_on(
    person: Source,
    garment: Source | Sequence[Source],
    prompt: str = "",
    *,
    out: str | os.PathLike[str] | None = None,
    image: str | os.PathLike[str] | None = None,
    category: Category | None = None,
    wear: Sequence[Wear] = (),
    transfer: str | None = None,
    video: str | None = None,
    size: tuple[int, int] | None = None,
    seconds: float | None = None,
    fps: int | None = None,
    seed: int | None = None,
    steps: int | None = None,
    guidance: float | None = None,
    quality: Quality = "standard",
    samples: int | None = None,
    strength: float | None = None,
    cache: str | None = None,
    loop: bool = False,
    label: bool = True,
    pipeline: Pipeline | None = None,
    on_event: Callable[[Event], object] | None = None,
) -> Finished:
    """Dresses a person and films it; returns where the files are, the look and the facts.

    Pictures are paths, the bytes of a file, PIL images, Photo or (person only) Clip. `out` is the film (.mp4,
    .webp, .gif), or a picture (.png, .jpg) for no film; `image` the picture, by default beside the film. None
    elsewhere means "choose for me". `cache`: work that the video model may leave out between its steps,
    "first-block" or "taylor", with ":amount" if wanted (tryon.video.diffusion.caching): quicker, another film.
    `wear` has any of "tucked", "open" and "rolled": how the garments are worn.
    Give one `pipeline` to many calls to load the models once. `on_event` hears every event. Raises TryonError and
    its kinds, FileNotFoundError for a path that is none.
    """
    from tryon.pipeline import Pipeline

    if out is not None and image is None and Path(out).suffix.lower() in (*FILMS, *LOOPS):
        image = Path(out).with_suffix(".png")
    targets = settle_targets(out, image, still=False)
    pipeline = pipeline or Pipeline()
    many = garment if isinstance(garment, list | tuple) else (garment,)
    garments = tuple(open_picture(one, pipeline.settings, "garment") for one in many)
    if not all(isinstance(one, Photo) for one in garments):
        raise PhotoRejected(where="garment")
    request = Request(
        person=open_picture(person, pipeline.settings, "person"),
        garments=garments,  # type: ignore[arg-type]  # just checked
        prompt=prompt,
        category=category,
        wear=tuple(wear),
        transfer=transfer,
        video=video,
        size=size,
        seconds=seconds,
        fps=fps,
        seed=seed,
        steps=steps,
        guidance=guidance,
        quality=quality,
        samples=samples,
        strength=strength,
        cache=cache,
        loop=loop,
        still_only=targets.film is None,
        label=label,
        consent=True,
    )
    finished: Finished | None = None
    for event in render(pipeline, request, targets):
        if on_event is not None:
            on_event(event)
        if isinstance(event, Failed):
            raise error_of(event)
        if isinstance(event, Finished):
            finished = event
    if finished is None:
        raise TryonError()
    return finished


def render(pipeline: Pipeline, request: Request, targets: Targets) -> Generator[Event, None, None]:
    """The events of one request; its files are at their targets before Finished is told.

    Where no picture was asked for, Finished.image is a path without a file. Closing it leaves nothing behind.
    Raises OrderError, EncodeFailed, DiskFull.
    """
    job = pipeline.plan(request)
    with tempfile.TemporaryDirectory(prefix="tryon-") as folder:
        events = pipeline.run(job, Path(folder))
        try:
            for event in events:
                yield _deliver(event, targets) if isinstance(event, Finished) else event
        finally:
            events.close()  # type: ignore[attr-defined]  # it is a generator


def _deliver(finished: Finished, targets: Targets) -> Finished:
    from tryon.media.files import whole_file
    from tryon.media.loop import write_loop

    facts = replace(finished.facts, seconds=0.0)
    if targets.film is not None and finished.video is not None:
        if targets.film.suffix.lower() in LOOPS:
            write_loop(targets.film, finished.video, facts)
        else:
            with whole_file(targets.film) as part:
                shutil.copyfile(finished.video, part)
    if targets.image is not None:
        _deliver_image(finished, targets.image)
    finished.image.unlink()
    return replace(finished, video=targets.film, image=targets.image or finished.image)


def _deliver_image(finished: Finished, path: Path) -> None:
    import numpy as np
    from PIL import Image

    from tryon.media.files import whole_file
    from tryon.media.still import write_image

    if path.suffix.lower() == finished.image.suffix:
        with whole_file(path) as part:
            shutil.copyfile(finished.image, part)
        return
    with Image.open(finished.image) as picture:  # written by us: it carries the label already
        write_image(path, np.asarray(picture.convert("RGB")), replace(finished.facts, seconds=0.0))


def settle_targets(out: str | os.PathLike[str] | None, image: str | os.PathLike[str] | None, *, still: bool) -> Targets:
    """Which files are wanted; a picture's name as `out` means a still. Raises OrderError for names and places
    that cannot be written."""
    film = Path(out) if out is not None else None
    picture = Path(image) if image is not None else None
    if (
        film is not None
        and picture is None
        and film.suffix.lower() in STILLS
        and (still or film.suffix.lower() not in LOOPS)
    ):
        film, picture = None, film
    if film is not None and (still or film.suffix.lower() not in (*FILMS, *LOOPS)):
        kinds = "a picture: .png, .jpg or .webp" if still else "a film: .mp4, .webp or .gif"
        raise OrderError(reason=f"{film.name} cannot be written as {kinds}.", where="out")
    if picture is not None and picture.suffix.lower() not in STILLS:
        raise OrderError(reason=f"{picture.name} cannot be written as a picture: .png, .jpg or .webp.", where="image")
    if film is None and picture is None:
        raise OrderError(reason="Name the file for the result, for example out.mp4.", where="out")
    for path in filter(None, (film, picture)):
        if not path.parent.is_dir():
            raise OrderError(reason=f"There is no folder {path.parent} to write to.", where="out")
        if path.is_dir() or not _takes_files(path.parent):
            raise OrderError(reason=f"{path} cannot be written.", where="out")
    return Targets(film, picture)


def _takes_files(folder: Path) -> bool:
    """Tried, and not asked of the file's mode: that says nothing of a read-only disk, nor to root."""
    try:
        with tempfile.TemporaryFile(dir=folder):
            return True
    except OSError:
        return False


def open_picture(source: Source, settings: Settings, where: str) -> Photo | Clip:
    """Any kind of source through the one door. `where` is person or garment; a garment is never a clip.

    Raises PhotoRejected and its kinds, FileNotFoundError, IsADirectoryError, PermissionError.
    """
    if isinstance(source, Photo | Clip):
        return source
    if isinstance(source, bytes):
        data = source
    elif isinstance(source, str | os.PathLike):
        data = read_file(Path(source), settings, where)
    else:
        data = _png_of(source)
    return open_bytes(data, settings, where)


def read_file(path: Path, settings: Settings, where: str) -> bytes:
    """The bytes of a file that is not too heavy. Raises PhotoTooHeavy before reading one that is."""
    size = path.stat().st_size
    if size > settings.max_upload_mb << 20:
        raise PhotoTooHeavy(where=where, megabytes=round(size / (1 << 20), 1), limit=settings.max_upload_mb)
    return path.read_bytes()


def open_bytes(data: bytes, settings: Settings, where: str) -> Photo | Clip:
    """A picture, or for the person a clip, known by content."""
    from tryon.media.clip import is_clip, read_clip
    from tryon.media.photo import read_photo

    if where == "person" and is_clip(data):
        return read_clip(data, settings, where)
    return read_photo(data, settings, where)


def _png_of(picture: Image) -> bytes:
    from PIL import Image, ImageOps

    if not isinstance(picture, Image.Image):
        raise TypeError(f"a picture is a path, bytes, a PIL image, a Photo or a Clip, not {type(picture).__name__}")
    buffer = io.BytesIO()
    ImageOps.exif_transpose(picture).save(buffer, "PNG", compress_level=1)
    return buffer.getvalue()


def error_of(failed: Failed) -> TryonError:
    """The exception that a Failed stands for."""
    for cls in every_error():
        if cls.code == failed.code:
            return cls(where=failed.field, **failed.values)
    return TryonError(where=failed.field)


def models(catalog: Catalog, machine: Machine) -> list[dict[str, Any]]:
    """The catalogue as plain values: what there is, what it needs, and whether it runs on this machine."""
    from tryon.catalog import availability
    from tryon.runtime.memory import explained, gpu_need, usual_plan
    from tryon.spec import VideoSpec
    from tryon.table import frames_of, works_at

    rows = []
    for entry in catalog.entries:
        spec, can, held = entry.spec, availability(entry.spec, machine), usual_plan(entry.spec, machine)
        rows.append(
            {
                "kind": spec.kind,
                "name": spec.name,
                "title": spec.title,
                "family": spec.family,
                "about": spec.about,
                "parameters": spec.counted,
                "licence": spec.licence,
                "commercial": spec.commercial,
                "source": spec.source,
                "needs": {
                    "gpu_gib": round(gpu_need(spec), 1),
                    "download_gib": round(sum(w.gib for w in spec.weights), 2),
                    "extra": spec.extra,
                },
                "available": can.ok,
                "reason": can.reason,
                "memory": explained(held, spec.title).text if held and can.ok else "",
                "remarks": list(spec.remarks),
            }
        )
        if isinstance(spec, VideoSpec):
            rate = spec.native_fps or spec.fps[2]
            rows[-1]["film"] = {"works_at": works_at(spec), "frames": frames_of(spec), "fps": rate}
    return rows
