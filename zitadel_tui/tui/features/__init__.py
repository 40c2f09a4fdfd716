"""One package for each feature: its view, dialogs and texts. Features never import each other."""
