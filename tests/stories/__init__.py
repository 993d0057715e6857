"""Call stories as data: who does what at the lab PBX, and the events that each device's monitor must tell of it."""
