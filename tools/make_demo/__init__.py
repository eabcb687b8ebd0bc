"""Draws, voices and encodes the demo's small drama and every picture beside it."""
