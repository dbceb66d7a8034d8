"""What a video model works at for the film that was asked for: sizes and frames by the rules of its spec. Pure."""

from __future__ import annotations

import math

from tryon.spec import VideoSpec


def working_size(spec: VideoSpec, width: int, height: int) -> tuple[int, int]:
    """The model's own width and height (px) for a film of width x height: the nearest of its native sizes by aspect,
    else the asked size itself, made smaller at the same aspect where it is larger than the model's largest area."""
    if spec.native:
        aspect = width / height
        return min(
            spec.native,
            key=lambda s: (round(abs(math.log(s[0] / s[1] / aspect)), 2), abs(s[0] * s[1] - width * height)),
        )
    scale = math.sqrt(min(1.0, spec.max_area / (width * height))) if spec.max_area else 1.0
    return _down(width * scale, spec.stride), _down(height * scale, spec.stride)


def frame_counts(spec: VideoSpec) -> list[int]:
    """All numbers of frames that the model can make."""
    k, r = spec.frame_rule
    return [count for count in range(spec.frames[0], spec.frames[1] + 1) if count % k == r % k]


def own_fps(spec: VideoSpec, fps: int) -> int:
    """The rate of the model's own frames for a film of `fps`."""
    return spec.native_fps or fps


def own_frames(spec: VideoSpec, frames: int, fps: int) -> int:
    """How many frames the model makes for a film of `frames` at `fps`: the least by its rule that covers it."""
    rate = own_fps(spec, fps)
    wished = frames if rate == fps else math.ceil(frames * rate / fps)
    counts = frame_counts(spec)
    return min((count for count in counts if count >= wished), default=counts[-1])


def film_frames(spec: VideoSpec, seconds: float, fps: int) -> int:
    """Frames of a film of about `seconds` at `fps`: the model's own count nearest to it, at the film's rate."""
    rate = own_fps(spec, fps)
    own = min(frame_counts(spec), key=lambda count: (abs(count - seconds * rate), count))
    if rate == fps:
        return own
    return max(2, min(round(seconds * fps), math.floor(own * fps / rate)))


def picks(own: int, frames: int, fps: int, rate: int) -> list[int]:
    """Which of the model's `own` frames at `rate` is shown as each of `frames` at `fps`: the nearest in time."""
    if rate == fps:
        return [min(index, own - 1) for index in range(frames)]
    return [min(own - 1, math.floor(index * rate / fps + 0.5)) for index in range(frames)]


def _down(value: float, stride: int) -> int:
    """The multiple of stride nearest below, with a little room for rounding."""
    return max(stride, int((value + 1e-6) // stride) * stride)
