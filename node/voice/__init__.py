"""The booth's voice: from what the microphone hears to an intent, and from there to an answer."""
