"""Services and events of devices beside their calls: buttons, lamps, forwarding, do not disturb, maintenance."""
