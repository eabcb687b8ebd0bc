"""Turns a stock card, or the machine at hand, into a node: files, service, identity."""
