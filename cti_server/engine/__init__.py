"""The one writer: commands in, events and effects out, without I/O."""
