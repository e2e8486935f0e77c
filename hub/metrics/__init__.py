"""What can be measured from outside: families of metrics, sampled from counters that objects keep anyway.

Nothing here is on a message's way but two integers and a list index; labels are looked up when somebody asks.
No label ever holds an id or people's words: each has a fixed, short list of values.
"""
