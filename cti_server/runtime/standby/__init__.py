"""Two servers of which one acts: the right to act, following the other one, and the handing over."""
