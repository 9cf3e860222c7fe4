"""Tests of Kratom Evidence; the folders mirror ``app/``."""
