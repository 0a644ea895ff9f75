"""Charts as declarative specifications, rendered to inline SVG that stands alone and takes a page's theme by class."""
