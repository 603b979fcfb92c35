#!/usr/bin/env python3
"""Tries to send a line to the outside (an address that is reserved for documentation)."""

import socket

with socket.create_connection(("192.0.2.1", 80), timeout=5) as connection:
    connection.sendall(b"the test data, please\n")
