// Messages as text.
