"""Writes the AsyncAPI document and the readable page of the control plane from its types."""
