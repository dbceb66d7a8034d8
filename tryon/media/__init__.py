"""The one door in (bytes -> Photo) and the one door out (frames -> mp4, previews, provenance mark)."""
