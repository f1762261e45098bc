"""Floor 5: the door the Web Connector knocks at."""
