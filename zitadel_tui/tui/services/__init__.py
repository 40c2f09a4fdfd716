"""What outlives a screen: the network, the members, changes under way."""
