"""The page: the only Python that knows Streamlit."""
