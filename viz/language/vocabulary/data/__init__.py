"""What a program has of torch.utils.data: its own datasets and torch's, and the loader that makes batches."""
