"""What runs inside the virtual booth."""
