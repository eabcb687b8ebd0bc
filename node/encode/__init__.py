"""Frames to access units, sound to Opus packets."""
