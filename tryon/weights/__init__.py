"""Published weights: where they lie, how they come here, and how they are opened without running anything in them.

hub.py fetches (resumable, revision locked on first use, SHA-256 kept), files.py opens (safetensors, or a pickle with
weights_only once), fill.py loads strictly, rules.py has the tables of renamed keys.
"""
