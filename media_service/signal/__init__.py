"""What can be made of sound and of packet times without any I/O: tones, detectors, buffers, figures."""
