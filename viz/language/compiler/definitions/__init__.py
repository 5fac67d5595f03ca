"""Compiles what defines something: functions, classes, handlers of exceptions."""
