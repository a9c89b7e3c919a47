"""An invented month of life in the community, for trying the portal out. Nobody in it exists."""

from haimengyuan.demo.loading import SIZES, load_demo

__all__ = ["SIZES", "load_demo"]
