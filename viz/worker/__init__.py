"""Behind the stage: what is recorded, written and explained for the pages, in a process without Streamlit."""
