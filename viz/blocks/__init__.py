"""Records what runs inside a `with` block of anyone's code, without a change to that code."""
