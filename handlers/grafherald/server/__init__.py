"""The daemon: takes events on sockets, keeps them, delivers them."""
