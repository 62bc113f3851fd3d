"""Renderers make something to look at of a report; a report never draws itself."""
