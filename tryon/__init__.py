"""tryon: from two photos and a sentence to a try-on video."""

__version__ = "0.1.0"
