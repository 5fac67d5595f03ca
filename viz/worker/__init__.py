"""The worker: records, draws and explains runs for the page, in a process of its own and without Streamlit."""
