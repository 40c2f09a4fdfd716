"""The API: what goes over the wire. No policy, no printing."""
