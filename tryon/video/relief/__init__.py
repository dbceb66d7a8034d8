"""The figure of a photo as a textured relief on a completed background: what the motion engine renders with."""
