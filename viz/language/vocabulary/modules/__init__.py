"""What a program does with modules besides calling them: walking, registering, keeping their state."""
