"""Trains the head that spots keywords: speak, augment, features, fit, calibrate, export, report."""
