"""Typed requests and answers, by area.

Unknown fields are ignored; absent ones take the proto3 default; 64-bit numbers are strings on the
wire (contract §3.0). Enumerations stay the names the server sent: servers add new ones.
"""
