"""Services that outlive a screen: the network, the members, pending changes."""
