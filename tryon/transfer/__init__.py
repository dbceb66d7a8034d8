"""Garment transfer: one file per try-on system; catalog.py finds every module with a SPEC."""
