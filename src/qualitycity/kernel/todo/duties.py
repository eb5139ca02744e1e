"""The to-do centre needs sign-in only; it declares no duty of its own."""

DUTIES: list = []
