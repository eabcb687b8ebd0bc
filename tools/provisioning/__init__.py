"""Turns a stock card, or the machine at hand, into a node: files, service, identity.

What installs on the machine itself runs on the system's bare Python: standard library only.
"""
