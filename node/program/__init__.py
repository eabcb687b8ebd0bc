"""Decides and composes the program: rundown, rules, show, mixer."""
