"""Words and numbers: Frame -> sentence, ledger, marks; Tape -> the JSON that the stage plays. No torch."""
