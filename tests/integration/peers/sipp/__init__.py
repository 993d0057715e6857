"""The user agent against sipp, which nobody here wrote, over loopback UDP."""
