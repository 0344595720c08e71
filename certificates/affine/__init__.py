"""Affine (CROWN) certificates: the format `lemmanet.certificate/2` and its exact producer."""
