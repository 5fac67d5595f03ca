"""What we ship for operators is right: HAProxy, the image, Kubernetes, and their documentation."""
