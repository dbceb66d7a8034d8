"""Step-Video-TI2V (Huang et al. 2025, arXiv:2503.11251): 29.4B, the largest open one; picture and sentence to film."""

from __future__ import annotations

from tryon.spec import Component, Footprint, Peak, Prompting, Runtime, VideoModel, VideoSpec, Weights
from tryon.video.diffusion.running import Film
from tryon.video.step_video_engine import NEGATIVE, open_engine

SPEC = VideoSpec(
    name="step-video-ti2v",
    title="Step-Video-TI2V",
    family="Step-Video",
    about="The largest open model: lively, free motion at 540p; needs a very large card and much main memory.",
    licence="MIT",
    commercial=True,
    source="https://github.com/stepfun-ai/Step-Video-TI2V",
    weights=(
        Weights(
            repo="stepfun-ai/stepvideo-ti2v",
            # lib/ holds programs, vae/vae.safetensors another autoencoder: both stay there.
            files=("transformer/*", "step_llm/*", "hunyuan_clip/*", "vae/vae_v2.safetensors"),
            gib=96.0,
            note="Its text network's attention is a closed program; StepFun's own open replacement is used here.",
        ),
    ),
    footprint=Footprint(
        components=(
            Component("text_encoder", "text", 19_579_600_896),
            Component("text_encoder_2", "text", 352_035_840, "float32", kept=0.15),
            Component("transformer", "denoiser", 29_382_205_504),
            Component("vae", "vae", 498_818_819),
        ),
        # 37944 tokens at 544 x 992 and 102 frames: 0.47 GB a layer's values, 1.87 GB inside its feed-forward layer.
        denoise=Peak(fixed=0.5, volume=0.12),
        # A whole piece at once: 2.8 GB a layer of 128 channels of 20 frames at 540p, four of them.
        decode=Peak(fixed=0.5, megapixel=20.5),
        savings=frozenset({"fp8", "int8", "model", "group", "sequential"}),
    ),
    reads=frozenset({"look", "prompt"}),
    rank=60,
    extra="gpu",
    sizes=((480, 640), (544, 992), (720, 1280)),
    stride=16,
    native=((544, 992), (768, 768), (992, 544)),
    frame_rule=(17, 0),
    frames=(17, 102),
    fps=(8, 30, 25),
    native_fps=25,
    steps=(4, 60, 50),
    guidance=(1.0, 15.0, 9.0),
    prompting=Prompting(negative=NEGATIVE, tokens=250),  # of 320: upstream's own words are added
)


def load(runtime: Runtime) -> VideoModel:
    """Raises what the weights room raises."""
    return Film(runtime, open_engine(runtime))
