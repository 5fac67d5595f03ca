"""What a learner takes away of a run: its numbers, its graph, and a page that plays it without Python."""
