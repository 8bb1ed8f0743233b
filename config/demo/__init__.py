"""The demo shop: a published retail data set with its clock moved to now, and a believable stream around it."""
