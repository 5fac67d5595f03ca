"""Reads torch's own objects: the Nodes of a graph, the parameters of a module, the tensors in containers."""
