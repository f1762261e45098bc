"""Floor 0: deciding. Values in, values out; no I/O, no clock, no chance."""
