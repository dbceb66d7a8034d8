"""Wan 2.2 Animate 14B (Cheng et al., 2025): the dressed person moves as the person of a clip does.

It is told the motion by a skeleton and by the face of every frame. The skeleton is our own analysis of the clip: body
joints without fingers.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np

from tryon.parsing.footage import person_at
from tryon.parsing.labels import BONES
from tryon.runtime.film import picks
from tryon.spec import Component, Prompting, Runtime, VideoModel, Weights
from tryon.types import Footage, Person, Pixels
from tryon.video.diffusion.calls import sized
from tryon.video.diffusion.framing import framed, resized
from tryon.video.diffusion.method import Method, Shot
from tryon.video.diffusion.running import film_with
from tryon.video.wan import BASE, LARGE, NEGATIVE, encoded, first_frame, footprint_of, shifted

if TYPE_CHECKING:
    from torch import Tensor

SEGMENT = 77  # frames made at a time; each begins with the last frame of the one before
FACE = 512  # px, the side of a face's picture
SPEC = replace(
    BASE,
    name="wan22-animate",
    title="Wan 2.2 Animate 14B",
    family="Wan 2.2",
    about="Films the dressed person with the movements of a clip of you.",
    source="https://github.com/Wan-Video/Wan2.2",
    weights=(Weights(repo="Wan-AI/Wan2.2-Animate-14B-Diffusers", gib=75.0),),
    footprint=footprint_of(Component("transformer", "denoiser", 15_177_050_484)),
    reads=frozenset({"look", "driving", "prompt"}),
    needs_clip=True,
    sizes=((480, 640), (480, 832), (720, 1280)),
    max_area=LARGE,
    frame_rule=(1, 0),
    frames=(5, 300),
    fps=(8, 30, 30),
    native_fps=30,
    steps=(4, 40, 20),
    guidance=(1.0, 5.0, 1.0),
    prompting=Prompting(template="{look} {motion}", still="People in the video are doing actions.", negative=NEGATIVE),
    streams=False,
    parallel=False,
    rank=47,
)


def load(runtime: Runtime) -> VideoModel:
    """Loads it. Raises what the weights room raises."""
    return film_with(runtime, METHOD)


def arguments(pipe: Any, shot: Shot) -> dict[str, Any]:
    """The call: the picture, and skeleton and face of every frame of the clip at the film's rate."""
    from PIL import Image

    footage = shot.scene.driving
    assert footage is not None, "the plan refuses a job without a clip"
    skeletons, faces = driven(footage, shot)
    return {
        "image": shot.image,
        "pose_video": [Image.fromarray(picture) for picture in skeletons],
        "face_video": [Image.fromarray(picture) for picture in faces],
        "segment_frame_length": min(SEGMENT, 4 * ((shot.frames + 2) // 4) + 1),
        **sized(shot),
    }


def driven(footage: Footage, shot: Shot) -> tuple[list[Pixels], list[Pixels]]:
    """Skeleton and face of the clip's person for each of the model's frames; a clip that is too short stays at its
    end, and a frame without a person shows the one before."""
    count = len(footage.clip.frames)
    indices = picks(count, shot.frames, shot.fps, max(1, round(footage.clip.fps)))
    skeletons: list[Pixels] = []
    faces: list[Pixels] = []
    known: dict[int, tuple[Pixels, Pixels]] = {}
    person: Person | None = footage.people[footage.at.index(footage.key)]
    for index in indices:
        if index not in known:
            person = person_at(footage, index) or person
            assert person is not None
            known[index] = skeleton(person, shot.width, shot.height), face(person)
        skeletons.append(known[index][0])
        faces.append(known[index][1])
    return skeletons, faces


def skeleton(person: Person, width: int, height: int) -> Pixels:
    """The joints as OpenPose draws them, coloured sticks on black, framed as the film is."""
    canvas = np.zeros_like(person.photo.pixels)
    thick = max(2, round(0.012 * person.box.height))
    for number, (one, other) in enumerate(BONES):
        ends = person.keypoints[[one, other]]
        if ends[:, 2].min() > 0.1:
            hue = np.array([[[number * 180 // len(BONES), 255, 255]]], np.uint8)
            colour = cv2.cvtColor(hue, cv2.COLOR_HSV2RGB)[0, 0].tolist()
            start, end = ((round(float(x)), round(float(y))) for x, y, _ in ends)
            cv2.line(canvas, start, end, colour, thick, cv2.LINE_AA)
    return framed(canvas, person.box, width, height, plain=True)


def face(person: Person) -> Pixels:
    """The square around the head, FACE px."""
    points = person.keypoints[[0, 14, 15, 16, 17]]
    seen = points[points[:, 2] > 0.1, :2]
    side = 0.2 * person.box.height
    centre = seen.mean(0) if len(seen) else np.array([(person.box.x0 + person.box.x1) / 2, person.box.y0 + side / 2])
    x, y = (max(0, round(float(value - side / 2))) for value in centre)
    part = person.photo.pixels[y : y + max(8, round(side)), x : x + max(8, round(side))]
    return resized(part, FACE, FACE) if part.size else np.zeros((FACE, FACE, 3), np.uint8)


def frames(pipe: Any, film: Tensor, shot: Shot) -> Iterator[Tensor]:
    """The pipeline decodes itself, since each segment begins with a finished frame: (1, f, 3, H, W) in 0..1."""
    yield film[0].permute(1, 0, 2, 3).float().cpu() * 2 - 1


def steps(shot: Shot) -> int:
    """Of all segments together."""
    length = min(SEGMENT, 4 * ((shot.frames + 2) // 4) + 1) - 1
    return shot.steps * max(1, -(-(shot.frames - 1) // length))


METHOD = Method(
    pipeline="WanAnimatePipeline",
    arguments=arguments,
    encode=encoded,
    prepared=shifted(5.0, 5.0),
    latents=first_frame,
    steps=steps,
    output="pt",
    unpacked=lambda pipe, latents, shot: latents[0, :, 1:],
    decode=frames,
)
