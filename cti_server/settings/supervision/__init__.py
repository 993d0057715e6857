"""Settings of what keeps watch over the server: doors for machines, alarms, traces, the standby."""
