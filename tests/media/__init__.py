"""Tests of tryon.media."""
