"""Live cameras as frames: protocol, factory, one module for each driver."""
