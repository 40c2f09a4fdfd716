"""The app: views, dialogs, table and widgets. The only part that imports Textual."""
