"""What a person sees: tests that drive a real browser."""
