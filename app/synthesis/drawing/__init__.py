"""The pictures as SVG, laid out from the values of ``app.synthesis.plots``. Nothing here counts or asks the database."""
