"""The words of the trade: frozen records, standard library only."""
