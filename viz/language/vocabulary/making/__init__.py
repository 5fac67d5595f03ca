"""How tensors are made, and moved to a device or a dtype: by size, by number, as older code does it."""
