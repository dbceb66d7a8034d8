"""The files of finished looks, served from the session's own folder: no copies, gone when the session is.

Addresses hold two random names of 96 bits; who does not know them finds nothing.
"""

from __future__ import annotations

import json
import re
import threading
from pathlib import Path

from starlette.requests import Request
from starlette.responses import FileResponse, PlainTextResponse, Response
from starlette.routing import Route

from tryon.errors import TryonError
from tryon.events import Facts
from tryon.media.loop import write_loop
from tryon.ui.assets import ROOT, example
from tryon.ui.studio import FACTS

KINDS = {
    "look.png": "image/png",
    "video.mp4": "video/mp4",
    "before.jpg": "image/jpeg",
    "after.jpg": "image/jpeg",
    "loop.webp": "image/webp",
    "loop.gif": "image/gif",
}
_NAME = re.compile(r"[A-Za-z0-9_-]{8,64}")


class LookFiles:
    """Answers /look/{session folder}/{look folder}/{file}. Loops are written when first asked for."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._one = threading.Lock()  # a loop takes a core for seconds: one at a time

    def routes(self) -> list[Route]:
        return [
            Route("/look/{session}/{look}/{name}", self.answer, methods=["GET"]),
            Route("/example/{name}", _example, methods=["GET"]),
        ]

    def answer(self, request: Request) -> Response:
        """The file, with ranges; 404 for anything that is not one of ours."""
        parts = request.path_params
        session, look, name = str(parts["session"]), str(parts["look"]), str(parts["name"])
        if name not in KINDS or not _NAME.fullmatch(session) or not _NAME.fullmatch(look):
            return _missing()
        path = self._root / session / look / name
        if name.startswith("loop.") and not path.is_file():
            self._make_loop(path)
        if not path.is_file():
            return _missing()
        return FileResponse(path, media_type=KINDS[name], content_disposition_type="inline")

    def _make_loop(self, path: Path) -> None:
        film, facts = path.with_name("video.mp4"), path.with_name(FACTS)
        if not film.is_file() or not facts.is_file():
            return
        with self._one:
            if path.is_file():
                return
            values = json.loads(facts.read_text("utf-8"))
            try:
                pairs = {key: tuple(values[key]) for key in ("steps", "guidance")}
                write_loop(path, film, Facts(**{**values, **pairs}))
            except (TryonError, FileNotFoundError):  # the session may be deleted meanwhile
                return


def _example(request: Request) -> Response:
    """The film that the page shows before the first look; no other file of ours."""
    made = example()
    if made is None or made.address != f"example/{request.path_params['name']}":
        return _missing()
    return FileResponse(ROOT / str(request.path_params["name"]), media_type="video/mp4")


def _missing() -> Response:
    return PlainTextResponse("There is nothing here any more.", status_code=404)
