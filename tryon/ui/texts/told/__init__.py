"""Sentences that come from Python in the page's other languages: errors, notes, and the words that stand in them.

Their English lives with their codes, in tryon/errors.py and tryon/notes.py.
"""
