"""Networks and mechanisms that no library has: pure torch, no loading code."""
