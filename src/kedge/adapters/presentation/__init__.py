"""How a report is said and drawn, shared by the renderers: words, sentences, advice, demands, charts, cards, curves."""
