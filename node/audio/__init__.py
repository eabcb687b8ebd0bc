"""Microphones, loudspeaker and echo: sound that enters and leaves the booth."""
