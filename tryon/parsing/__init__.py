"""Person and garment analysis; catalog.py finds every module with a SPEC."""
