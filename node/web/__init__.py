"""HTTP faces and pages."""
