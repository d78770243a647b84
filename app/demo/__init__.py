"""A real building through all three formats: what a visitor sees first.

Everything here goes through the public HTTP interface, as any client would. The building is EBU3B of the Brick
ground-truth models; its notice stands beside the data.
"""

from app.demo.tour import show

__all__ = ["show"]
