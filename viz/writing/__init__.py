"""Writes frames as sentences, ledger cells and marks, and tapes as the JSON that the stage plays."""
