"""Starts the page in a process of its own and draws the pictures that tests upload."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from PIL import Image

from tests.drawing import draw_person, draw_tshirt

ROOT = Path(__file__).parents[2]
PATIENCE = 120.0  # s; a crowded machine is no failure, and nothing waits longer than it has to


class Gate:
    """Holds back the frames of the page's small film model, so that a test decides how far a run has come: no
    pace that a crowded machine could overtake or fall behind. The number of frames let through is in a file."""

    ALL = 10**6

    def __init__(self, file: Path) -> None:
        self.file = file

    def let(self, frames: int = ALL) -> None:
        """Every film may go as far as this many frames; at -1 the parser waits too."""
        made = self.file.with_suffix(".new")
        made.write_text(str(frames))
        made.replace(self.file)

    def allows(self, frame: int) -> bool:
        return frame < int(self.file.read_text())


@dataclass(frozen=True)
class Live:
    """A page that answers."""

    url: str
    home: Path  # where it keeps pictures
    log: Path
    gate: Gate

    def files(self) -> list[Path]:
        """Every file of every session: what must be gone after a deletion."""
        walk = os.walk(self.home)  # passes over folders that the sweeper removes meanwhile; Path.rglob raises
        return [Path(folder) / name for folder, _, names in walk for name in names if name != "lock"]


@contextmanager
def serving(
    folder: Path, real: bool = False, module: str = "tests.browser.serve", **environment: str
) -> Iterator[Live]:
    """The page until the block ends, with the tests' small engine or as another `module` serves it; `real`: app.py as
    it is, with the real one."""
    log, gate = folder / "page.log", Gate(folder / "gate")
    gate.let()
    own = {"TRYON_HOME": str(folder / "home"), "GRADIO_ANALYTICS_ENABLED": "False", "PYTHONDONTWRITEBYTECODE": "1"}
    own |= {"FRAME_GATE": str(gate.file), "PYTHONUNBUFFERED": "1"}
    command = [sys.executable, *(["app.py"] if real else ["-m", module])]
    process, url = _started(command, {**os.environ, **own, **environment}, log)
    try:
        yield Live(url, folder / "home", log, gate)
    finally:
        process.kill()
        process.wait()


def _started(command: list[str], environment: dict[str, str], log: Path) -> tuple[subprocess.Popen[bytes], str]:
    """The process, once it says itself that it serves: somebody else may take a port that was free just now."""
    for _ in range(3):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        with log.open("w") as out:
            process = subprocess.Popen(
                command, cwd=ROOT, env={**environment, "TRYON_PORT": str(port)}, stdout=out, stderr=subprocess.STDOUT
            )
        url = f"http://127.0.0.1:{port}"
        end = time.monotonic() + PATIENCE
        while process.poll() is None and time.monotonic() < end:
            if url in log.read_text():
                return process, url
            time.sleep(0.1)
        process.kill()
        process.wait()
    raise RuntimeError(f"the page did not come up:\n{log.read_text()}")


class Relay:
    """Passes bytes on between a browser and the page until it is told to drop every connection."""

    def __init__(self, url: str) -> None:
        host, _, port = url.removeprefix("http://").partition(":")
        self._target = (host, int(port))
        self._door = socket.create_server(("127.0.0.1", 0))
        self._open: list[socket.socket] = []
        self.url = f"http://127.0.0.1:{self._door.getsockname()[1]}"

    def __enter__(self) -> Relay:
        threading.Thread(target=self._answer, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._door.close()
        self.drop()

    def drop(self) -> None:
        """Cuts everything that is open now; new connections are taken again."""
        found, self._open = self._open, []
        for one in found:
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()

    def _answer(self) -> None:
        with suppress(OSError):
            while True:
                near, _ = self._door.accept()
                far = socket.create_connection(self._target)
                self._open += [near, far]
                for source, target in ((near, far), (far, near)):
                    threading.Thread(target=_pour, args=(source, target), daemon=True).start()


def _pour(source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError):
        while data := source.recv(65536):
            target.sendall(data)
        target.shutdown(socket.SHUT_WR)


@dataclass(frozen=True)
class Pictures:
    """Files to upload."""

    person: Path
    garment: Path
    nobody: Path  # green all over its middle: the small parser finds no person there
    heic: Path
    broken: Path


def draw_pictures(folder: Path) -> Pictures:
    found = Pictures(
        *(folder / name for name in ("person.jpg", "shirt.png", "meadow.jpg", "person.heic", "broken.jpg"))
    )
    person = Image.fromarray(draw_person(600, 800).photo.pixels)
    marked = Image.Exif()
    marked[0x010F] = "SecretCamera"  # the maker: must not be found in anything that comes back
    person.save(found.person, quality=92, exif=marked)
    Image.fromarray(draw_tshirt().photo.pixels).resize((600, 800)).save(found.garment)
    meadow = Image.new("RGB", (480, 640), (60, 190, 80))
    meadow.paste((40, 160, 60), (100, 100, 300, 300))
    meadow.save(found.nobody)
    import pillow_heif

    pillow_heif.from_pillow(person).save(found.heic)
    found.broken.write_bytes(b"\xff\xd8\xff\xe0 this is no picture")
    return found
