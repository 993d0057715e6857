"""Speech by machine: synthesis and recognition behind ports, each engine a process of its own."""
