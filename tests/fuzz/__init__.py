"""Programs that nobody would write, by the hundred thousand: whatever is typed ends in a tape or in a sentence."""
