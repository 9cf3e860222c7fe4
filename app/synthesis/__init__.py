"""The passage out: evidence answers made of counts and derived sentences, pictures, and claims weighed. No advice is written."""
