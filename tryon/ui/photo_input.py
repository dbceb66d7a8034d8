"""Widgets that decode nothing: the browser's file goes through our own door only."""

from __future__ import annotations

import gradio as gr
from gradio.data_classes import Base64ImageData, FileData, ImageData, ListFiles

from tryon.ui.html import data_url


class PhotoInput(gr.Image):  # type: ignore[misc]  # Gradio's types are not checked here
    """gr.Image whose `preprocess` gives the path of the uploaded file, untouched, and whose value is shown
    from JPEG bytes inline, so that no copy of a photo lies in Gradio's folder. Gradio reads a component's
    settings off the signature of its __init__: it must stay the inherited one."""

    is_template = True  # Gradio's own front-end component is used

    def preprocess(self, payload: ImageData | None) -> str | None:
        return None if payload is None else payload.path

    def postprocess(self, value: bytes | None) -> Base64ImageData | None:
        return None if value is None else Base64ImageData(url=data_url(value))


class PhotosInput(gr.File):  # type: ignore[misc]
    """gr.File for several files, whose `preprocess` gives the paths of the uploaded files, untouched."""

    is_template = True

    def preprocess(self, payload: ListFiles | FileData | None) -> list[str]:
        files = payload.root if isinstance(payload, ListFiles) else [payload] if payload else []
        return [file.path for file in files]


class ClipInput(gr.UploadButton):  # type: ignore[misc]
    """gr.UploadButton for one file, whose `preprocess` gives the path of the uploaded file, untouched."""

    is_template = True

    def preprocess(self, payload: ListFiles | FileData | None) -> str | None:
        file = payload.root[0] if isinstance(payload, ListFiles) else payload
        return None if file is None else file.path
