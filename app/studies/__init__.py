"""An investigation, its reports and its exposures."""
