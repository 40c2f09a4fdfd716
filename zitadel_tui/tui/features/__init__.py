"""One folder for each feature: its view, its dialogs and its words. Features never import each other."""
