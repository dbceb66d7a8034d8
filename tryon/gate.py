"""The picture gate: a classifier that looks for nudity and sexual content, where its weights are on this machine.

Falconsai/nsfw_image_detection, a ViT with two classes (Apache-2.0). It is never fetched by itself: whoever runs the
product puts its folder beside the other weights. Where it is missing, results say so.
"""

from __future__ import annotations

import importlib.util
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tryon.errors import PictureRefused, Value, WeightsMissing
from tryon.guard import PictureGate
from tryon.settings import Settings
from tryon.types import Pixels

REPO, TITLE = "Falconsai/nsfw_image_detection", "the picture check"
FILES = ("config.json", "model.safetensors", "preprocessor_config.json")
BAD = "nsfw"  # its name among the model's own labels
THRESHOLD = 0.8  # withheld from here on; the model's own scores are mostly below 0.01 or above 0.99


@dataclass(frozen=True)
class Classifier:
    """The loaded network; a PictureGate."""

    model: Any
    prepare: Any
    bad: int  # which of its answers

    def __call__(self, picture: Pixels) -> float:
        """0..1: how surely the picture (h, w, 3) is not for everybody."""
        import torch
        from PIL import Image

        with torch.inference_mode():
            values = self.prepare(images=Image.fromarray(picture), return_tensors="pt").pixel_values
            return float(self.model(values).logits.softmax(-1)[0, self.bad])


def gate_folder(settings: Settings) -> Path | None:
    """Where the classifier's files are; None where one of them, or the library, is missing."""
    folder = settings.weights / REPO
    there = all((folder / name).is_file() for name in FILES)
    return folder if there and importlib.util.find_spec("transformers") is not None else None


def open_gate(settings: Settings) -> PictureGate | None:
    """The classifier, on the CPU; None where it is not on this machine. Raises WeightsMissing for damaged files."""
    folder = gate_folder(settings)
    if folder is None:
        return None
    from transformers import ViTForImageClassification
    from transformers.models.vit.image_processing_pil_vit import ViTImageProcessorPil

    # The library renames the published weights; what it would make up is told as missing.
    model, loading = ViTForImageClassification.from_pretrained(
        str(folder), local_files_only=True, use_safetensors=True, output_loading_info=True
    )
    if lacking := sorted(loading["missing_keys"]):
        raise WeightsMissing(model=TITLE, missing=f"{len(lacking)} weights are missing", instead="no check")
    config = model.eval().config
    names = {str(name).lower(): int(index) for index, name in config.id2label.items()}
    prepare = ViTImageProcessorPil.from_pretrained(str(folder), local_files_only=True)
    return Classifier(model, prepare, names.get(BAD, 1))


class Gate:
    """The gate of one process: opened at its first picture, where it is on this machine."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._lock = threading.Lock()
        self._opened: PictureGate | None = None

    @property
    def present(self) -> bool:
        """Whether pictures are checked here."""
        return gate_folder(self._settings) is not None

    def check(self, picture: Pixels, what: str) -> None:
        """Raises PictureRefused, with its score and its limit, for a picture that is withheld. `what`: person or
        result. Without the classifier nothing is checked."""
        with self._lock:
            if self._opened is None:
                self._opened = open_gate(self._settings)
        score = 0.0 if self._opened is None else self._opened(picture)
        if score >= THRESHOLD:
            values: dict[str, Value] = {"what": what, "score": round(100 * score), "limit": round(100 * THRESHOLD)}
            raise PictureRefused(where="person" if what == "person" else None, **values)
