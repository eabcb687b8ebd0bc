"""What a rundown must obey, one module for each part of the file."""
