"""The command line.

    python -m tryon person.jpg garment.jpg --prompt "turns slowly to the left" -o out.mp4
    python -m tryon models [--json]
    python -m tryon parse PHOTO -o FOLDER
    python -m tryon garment PHOTO -o FOLDER

`models`, `parse` and `garment` are words; anything else first is a photo (`./models` for a file of that name).
Exit codes: 0 done; 2 something asked for cannot be (one sentence says what); 1 it could not be finished;
130 stopped by Ctrl-C, 143 by SIGTERM, with nothing left behind. Whoever runs it answers for having permission
to use the photos.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import re
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, redirect_stderr, redirect_stdout
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from tryon import __version__
from tryon.errors import OrderError, PhotoRejected, TryonError
from tryon.events import Event, Failed
from tryon.runtime.bar import Bar
from tryon.runtime.heap import keep_freed
from tryon.runtime.signals import terminable
from tryon.types import WEARS, Clip, Note, Photo, Request

if TYPE_CHECKING:
    from tryon.pipeline import Pipeline
    from tryon.settings import Settings

DONE, FAILED, REFUSED, INTERRUPTED, TERMINATED = 0, 1, 2, 130, 143
WORDS = ("models", "parse", "garment")


def main(argv: Sequence[str] | None = None) -> int:
    """Runs one command and returns its exit code."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    word = arguments[0] if arguments and arguments[0] in WORDS else None
    command = {"models": _models, "parse": _parse, "garment": _garment, None: _try_on}[word]
    options = _parser(word).parse_args(arguments[1:] if word else arguments)
    keep_freed()
    try:
        with terminable(TERMINATED):
            return command(options)
    except KeyboardInterrupt:
        _say("Stopped.")
        return INTERRUPTED
    except BrokenPipeError:  # whoever read our lines is gone: nothing more can be flushed to it
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAILED
    except Exception as error:  # noqa: BLE001  a user gets one sentence, whatever happened
        return _failed(error, as_json=word is None and options.json)


# ----------------------------------------------------------------------------------------------- arguments


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        """One sentence instead of the usage's five lines."""
        self.exit(REFUSED, f"tryon: {message[0].upper()}{message[1:].rstrip('.')}. See python -m tryon --help\n")


def _parser(word: str | None) -> argparse.ArgumentParser:
    if word is None:
        return _try_on_parser()
    about = {
        "models": "Print the catalogue: what there is, what it needs, and what runs on this machine.",
        "parse": "Write what is seen in a person photo: labels, key points, body parts, depth, outline.",
        "garment": "Write what is seen in a garment photo: cut-out, category, lengths, landmarks.",
    }
    parser = _Parser(prog=f"tryon {word}", description=about[word])
    if word == "models":
        parser.add_argument("--json", action="store_true", help="as JSON")
        parser.add_argument("--markdown", action="store_true", help="as the document docs/models.md")
        return parser
    parser.add_argument("photo", type=Path)
    parser.add_argument("-o", "--out", type=Path, required=True, metavar="FOLDER", help="made where it is missing")
    parser.add_argument("--parser", metavar="MODEL", help="another than the built-in one (see tryon models)")
    if word == "garment":
        parser.add_argument("--category", choices=("auto", "top", "bottom", "dress"), default="auto")
    return parser


def _try_on_parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="tryon",
        description="Dress a person in a garment and film it.",
        epilog="Other commands: tryon models, tryon parse PHOTO -o FOLDER, tryon garment PHOTO -o FOLDER.",
    )
    add = parser.add_argument
    add("person", type=Path, help="photo of one person, or a clip of up to 10 s: the garment is worn through all of it")
    add("garments", type=Path, nargs="+", metavar="garment", help="photo of a garment; several are put on in order")
    add("-p", "--prompt", default="", help='how the person moves: "turns slowly to the left"')
    add("-o", "--out", type=Path, metavar="FILE", help="film: .mp4, .webp, .gif; or only a picture: .png, .jpg")
    add("--image", type=Path, metavar="FILE", help="the try-on picture: .png, .jpg, .webp")
    add("--still", action="store_true", help="only the picture, no film")
    add("--transfer", metavar="MODEL", help="try-on model (see tryon models)")
    add("--video", metavar="MODEL", help="video model")
    add("--category", choices=("auto", "top", "bottom", "dress"), default="auto", help="kind of garment")
    add("--wear", choices=WEARS, action="append", default=[], help="how a garment is worn; may be given again")
    add("--size", type=_size, metavar="WxH", help="of the film, for example 720x1280")
    add("--seconds", type=float, help="length of the film")
    add("--fps", type=int, help="frames a second")
    add("--seed", type=int, help="the same seed gives the same result")
    add("--quality", choices=("draft", "standard", "best"), default="standard")
    add("--samples", type=int, help="pictures tried, of which the best is kept (1 to 4)")
    add("--strength", type=float, help="how far a model may go from our warp as first guess: 0 it stays, 1 no guess")
    add("--steps", type=int, help="of a diffusion model")
    add("--guidance", type=float, help="of a diffusion model")
    add("--cache", help="leave out work between the steps of a video model: first-block or taylor; changes the film")
    add("--loop", action="store_true", help="the film ends as it begins")
    add("--no-label", action="store_true", help='without the small visible "AI" mark (the metadata always says it)')
    add("--json", action="store_true", help="print every event as one line of JSON")
    add("--version", action="version", version=f"tryon {__version__}")
    return parser


def _size(text: str) -> tuple[int, int]:
    found = re.fullmatch(r"(\d{1,5})\s*[xX×*]\s*(\d{1,5})", text.strip())
    if found is None:
        raise argparse.ArgumentTypeError(f"{text!r} is not a size like 720x1280")
    return int(found[1]), int(found[2])


# ------------------------------------------------------------------------------------------------ commands


@contextmanager
def _sharing(options: argparse.Namespace) -> Iterator[None]:
    """Under torchrun all processes run the same job, from one seed; the first one writes and speaks."""
    if int(os.environ.get("WORLD_SIZE", "1")) < 2:
        yield
        return
    options.seed = 1 if options.seed is None else options.seed
    if os.environ.get("RANK", "0") == "0":
        yield
        return
    with tempfile.TemporaryDirectory() as folder, Path(os.devnull).open("w") as silence:
        name = options.out or Path("tryon.png" if options.still else "tryon.mp4")
        options.out, options.image = Path(folder) / name.name, None
        with redirect_stdout(silence), redirect_stderr(silence):
            yield


def _try_on(options: argparse.Namespace) -> int:
    with _sharing(options):
        return _tried_on(options)


def _tried_on(options: argparse.Namespace) -> int:
    from tryon.api import render, settle_targets

    out = options.out
    if out is None and options.image is None:
        out = _free_name("tryon.png" if options.still else "tryon.mp4")
    targets = settle_targets(out, options.image, still=options.still)
    for photo in (options.person, *options.garments):
        _check_file(photo)
    from tryon.pipeline import Pipeline

    pipeline = Pipeline(_settings())
    request, notes = _request(options, pipeline.settings, still=targets.film is None)
    failed: Failed | None = None
    with Bar(sys.stderr, film=targets.film is not None) as bar, closing(render(pipeline, request, targets)) as events:
        for note in notes:
            _tell(note, options.json, bar)
        for event in events:
            failed = event if isinstance(event, Failed) else failed
            _tell(event, options.json, bar)
    if failed is not None:
        _say(failed.text)
        return _code(failed.field)
    if not options.json:
        print(*(path for path in (targets.film, targets.image) if path), sep="\n")
    return DONE


def _request(options: argparse.Namespace, settings: Settings, *, still: bool) -> tuple[Request, tuple[Note, ...]]:
    from tryon.api import open_bytes, read_file
    from tryon.media.photo import describe

    pictures: list[Photo | Clip] = []
    notes: list[Note] = []
    for where, path in (("person", options.person), *(("garment", path) for path in options.garments)):
        data = read_file(path, settings, where)
        try:
            picture = open_bytes(data, settings, where)
        except PhotoRejected as error:
            raise OrderError(reason=f"{path}: {error.text}", where=where) from None
        if isinstance(picture, Photo):
            said = describe(picture, settings, where, data)
            notes += (replace(note, text=f"{path.name}: {note.text}") for note in said)
        pictures.append(picture)
    request = Request(
        person=pictures[0],
        garments=tuple(photo for photo in pictures[1:] if isinstance(photo, Photo)),
        prompt=options.prompt,
        wear=tuple(dict.fromkeys(options.wear)),
        category=None if options.category == "auto" else options.category,
        transfer=options.transfer,
        video=options.video,
        size=options.size,
        seconds=options.seconds,
        fps=options.fps,
        seed=options.seed,
        steps=options.steps,
        guidance=options.guidance,
        quality=options.quality,
        samples=options.samples,
        strength=options.strength,
        cache=options.cache,
        loop=options.loop,
        still_only=still,
        label=not options.no_label,
        consent=True,
    )
    return request, tuple(notes)


def _models(options: argparse.Namespace) -> int:
    from tryon.api import models
    from tryon.catalog import build_catalog
    from tryon.runtime.devices import this_machine

    if options.markdown:
        from tryon.table import markdown

        print(markdown(build_catalog()), end="")
        return DONE
    machine = this_machine(_settings().device)
    rows = models(build_catalog(), machine)
    if options.json:
        print(json.dumps({"machine": machine.name, "models": rows}, indent=2))
        return DONE
    print(machine.name)
    wide = max(len(row["name"]) for row in rows)
    for kind in dict.fromkeys(row["kind"] for row in rows):
        print(f"\n{kind}")
        for row in rows:
            if row["kind"] == kind:
                print(f"  {row['name']:<{wide}}  {row['title']}")
                for line in _about(row):
                    print(f"  {'':<{wide}}  {line}")
    return DONE


def _parse(options: argparse.Namespace) -> int:
    pipeline, photo = _opened(options, "person")
    person = pipeline.parse(photo)
    _folder(options.out)
    from tryon.parsing.export import write_analysis

    write_analysis(person, options.out)
    return _written(person.notes, options.out)


def _garment(options: argparse.Namespace) -> int:
    pipeline, photo = _opened(options, "garment")
    garment = pipeline.garment(photo, None if options.category == "auto" else options.category)
    _folder(options.out)
    from tryon.parsing.garment_export import write_garment

    write_garment(garment, options.out)
    return _written(garment.notes, options.out)


def _opened(options: argparse.Namespace, where: str) -> tuple[Pipeline, Photo]:
    from tryon.api import read_file
    from tryon.media.photo import read_photo
    from tryon.pipeline import Pipeline

    _check_file(options.photo)
    settings = _settings()
    photo = read_photo(read_file(options.photo, settings, where), settings, where)
    if options.parser:
        settings = replace(settings, **{"parser" if where == "person" else "garment_parser": options.parser})
    return Pipeline(settings), photo


def _written(notes: tuple[Note, ...], folder: Path) -> int:
    for note in notes:
        _say(note.text)
    print(folder)
    return DONE


# --------------------------------------------------------------------------------------------- small parts


def _settings() -> Settings:
    from tryon.settings import read_settings

    try:
        return read_settings()
    except ValueError as error:
        raise OrderError(reason=f"{error}.", where="settings") from None


def _check_file(path: Path) -> None:
    if not path.exists():
        raise OrderError(reason=f"There is no file {path}.", where="photo")
    if not path.is_file():
        raise OrderError(reason=f"{path} is not a file.", where="photo")


def _folder(path: Path) -> None:
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError:
        raise OrderError(reason=f"The folder {path} cannot be made.", where="out") from None


def _free_name(name: str) -> Path:
    """`name` in this folder, or the next free number: nothing is overwritten without being named."""
    path, number = Path(name), 1
    while path.exists():
        number += 1
        path = Path(name).with_stem(f"{Path(name).stem}-{number}")
    return path


def _code(where: str | None) -> int:
    """2 where something that was given has to change, 1 where the machine failed."""
    return REFUSED if where else FAILED


def _say(text: str) -> None:
    print(f"tryon: {text}", file=sys.stderr, flush=True)


def _failed(error: Exception, *, as_json: bool) -> int:
    from tryon.runtime.failures import failed_by
    from tryon.runtime.report import as_plain

    failed = failed_by(error)
    if as_json:
        print(json.dumps(as_plain(failed)), flush=True)
    if isinstance(error, OSError) and error.filename is not None:
        _say(f"{error.filename}: {error.strerror}.")
        return REFUSED
    _say(failed.text if isinstance(error, TryonError) else f"{failed.text} ({type(error).__name__})")
    return _code(failed.field)


def _tell(event: Event, as_json: bool, bar: Bar) -> None:
    bar.show(event)
    if as_json:
        from tryon.runtime.report import as_plain

        print(json.dumps(as_plain(event)), flush=True)
    elif isinstance(event, Note):
        bar.clear()
        _say(event.text)


def _about(row: dict[str, Any]) -> list[str]:
    """What a model needs: its size, licence and machine, and whether that is this one; what it makes; remarks."""
    needs = row["needs"]
    parts = [f"{_count(row['parameters'])} parameters"] if row["parameters"] else []
    parts += [row["licence"], f"GPU with {math.ceil(needs['gpu_gib'])} GB" if needs["gpu_gib"] else "any computer"]
    if needs["download_gib"]:
        parts.append(f"download of {needs['download_gib']:.1f} GB")
    if needs["extra"]:
        parts.append(f"tryon[{needs['extra']}]")
    parts.append("runs here" if row["available"] else f"not here: {row['reason'].rstrip('.')}")
    film = row.get("film")
    made = f"{film['works_at']}; {film['frames']} frames, {film['fps']} a second" if film else ""
    return [line for line in (", ".join(parts), made, *row["remarks"], row["memory"]) if line]


def _count(parameters: int) -> str:
    for unit, size in (("B", 10**9), ("M", 10**6), ("k", 10**3)):
        if parameters >= size:
            return f"{parameters / size:.3g} {unit}"
    return str(parameters)
