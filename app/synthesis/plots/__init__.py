"""What the pictures of the field show, as plain values that rows become. Nothing here draws."""
