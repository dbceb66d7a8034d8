"""tryon: from two photos and a sentence to a try-on video."""
