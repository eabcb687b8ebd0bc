"""Coded media to viewers."""
