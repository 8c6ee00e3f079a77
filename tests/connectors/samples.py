"""Reading samples, as outsiders do it too: what a worker entered, what must go out, what an answer means."""

from connectors.testing.samples import HOME_CITY, Sample, outcome, reply, reply_names, sample, samples

__all__ = ["HOME_CITY", "Sample", "outcome", "reply", "reply_names", "sample", "samples"]
