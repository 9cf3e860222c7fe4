"""The passage out: evidence answers made of counts and derived sentences. No verdict and no advice is written anywhere."""
