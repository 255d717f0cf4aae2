"""Tests; a package, so that the crawls in processes of their own can import what they share."""
