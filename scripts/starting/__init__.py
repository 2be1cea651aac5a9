"""What start.py does before it hands over. Any Python 3 must be able to read it: the syntax is that of 3.6."""
