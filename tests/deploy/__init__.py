"""What is shipped for operators is right: HAProxy, the image, Kubernetes, and the words about them."""
