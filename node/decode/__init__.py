"""FFmpeg's pictures and sound in the program's own form; used by clips and cameras alike."""
