"""Answers what booths hand over: by a model that knows the catalog, or by one canned sentence."""
