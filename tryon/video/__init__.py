"""Image to video: one file per system; catalog.py finds every module with a SPEC."""
