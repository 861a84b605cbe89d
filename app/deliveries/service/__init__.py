"""Hand exports over, note what recipients say, tell them of corrections."""
