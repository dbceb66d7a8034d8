"""Tiny real image-to-video systems: every network of the published kind, small, with drawn weights."""
