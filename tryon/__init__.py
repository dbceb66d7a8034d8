"""tryon: from two photos and a sentence to a try-on video."""

import os

__version__ = "0.1.0"

# onnxruntime 1.29 and later writes a device id into the user's cache and reports every process, session and model
# to its makers, unless this is set before its first import; a promise of ours is that nothing leaves the machine.
os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")
