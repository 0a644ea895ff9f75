"""Logs of other evaluation tools as cases, predictions and scores; one module a tool."""
