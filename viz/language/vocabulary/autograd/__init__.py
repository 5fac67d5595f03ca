"""What a program has of torch.autograd: backward and grad, Nodes, hooks, its own Functions."""
