"""The two layouts of fashion films that can be trained on.

UBC fashion: `train/*.mp4`, `test/*.mp4`. Fashion-Text2Video: `fashion_crop/<id>/000.png`, `fashion_poses/<id>/000.png`
(pictures of skeletons) and `train|test/<id>.txt`, whose lines are "start end text".
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import imageio.v3 as iio
import numpy as np

from tryon.types import Pixels


@dataclass(frozen=True, slots=True)
class Segment:
    """A stretch of a film, `end` not included, and what is said about it."""

    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class Source:
    """One film of a data set, not yet read."""

    name: str
    path: Path  # an mp4, or a folder of numbered pictures
    poses: Path | None = None  # a folder of numbered pictures
    segments: tuple[Segment, ...] = ()

    def frames(self, width: int, height: int) -> Iterator[Pixels]:
        """(height, width, 3) each, resized whatever the aspect, as both systems do."""
        folder = self.path.is_dir()
        for picture in map(iio.imread, pictures_in(self.path)) if folder else iio.imiter(self.path):
            yield resized(np.asarray(picture), width, height)


def sources(data: Path, split: str = "train") -> list[Source]:
    """The films of a split, by name. Raises FileNotFoundError where `data` has neither layout."""
    if (data / "fashion_crop").is_dir():
        return [_told(data, path) for path in sorted((data / split).glob("*.txt"))]
    films = sorted((data / split).glob("*.mp4"))
    if not films:
        text = f"neither {split}/*.mp4 (UBC fashion) nor fashion_crop/ (Fashion-Text2Video) is in {data}"
        raise FileNotFoundError(text)
    return [Source(path.stem, path) for path in films]


def pictures_in(folder: Path) -> list[Path]:
    """The numbered pictures of a film, in order."""
    return sorted(folder.glob("*.png"), key=lambda path: int(path.stem))


def resized(picture: Pixels, width: int, height: int) -> Pixels:
    """RGB at a size, bilinear."""
    return np.asarray(cv2.resize(picture[..., :3], (width, height), interpolation=cv2.INTER_LINEAR), np.uint8)


def _told(data: Path, path: Path) -> Source:
    poses = data / "fashion_poses" / path.stem
    segments = []
    for line in path.read_text(encoding="utf-8").splitlines():
        match line.split(maxsplit=2):
            case [start, end, *words] if start.isdigit() and end.isdigit():
                segments.append(Segment(int(start), int(end), "".join(words)))
    return Source(path.stem, data / "fashion_crop" / path.stem, poses if poses.is_dir() else None, tuple(segments))
