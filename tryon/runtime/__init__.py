"""Devices, step loop, session store and jobs."""
