"""The analysis as files."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
from PIL import Image

from tryon.parsing.export import write_analysis
from tryon.types import LABELS, Person


def test_files_hold_the_analysis(person: Person, tmp_path: Path) -> None:
    normals = np.full((*person.labels.shape, 3), 127, np.uint8)
    person = replace(person, normals=normals)
    written = write_analysis(person, tmp_path / "new" / "folder")
    folder = tmp_path / "new" / "folder"
    assert {path.name for path in written} == {path.name for path in folder.iterdir()}
    assert json.loads((folder / "labels.json").read_text()) == {str(i): name for i, name in enumerate(LABELS)}
    points = json.loads((folder / "keypoints.json").read_text())["points"]
    assert len(points) == 18 and set(points[0]) == {"x", "y", "score"}
    assert np.allclose([p["x"] for p in points], person.keypoints[:, 0], atol=0.01)
    with Image.open(folder / "labels.png") as labels:
        assert labels.mode == "P" and np.array_equal(np.asarray(labels), person.labels)
    with Image.open(folder / "depth.png") as depth:
        assert depth.mode == "I;16"
        assert np.allclose(np.asarray(depth) / 65535, person.depth, atol=1e-4)
    for name, plane in (("parts", person.parts), ("outline", person.outline)):
        with Image.open(folder / f"{name}.png") as picture:
            assert np.array_equal(np.asarray(picture), plane)
    with Image.open(folder / "normals.png") as picture:
        assert np.array_equal(np.asarray(picture), normals)
    with Image.open(folder / "overlay.png") as overlay:
        assert overlay.size == (person.photo.width, person.photo.height)
