"""A machine of its own for one worker: a network namespace whose cable can be pulled.

Nothing is closed when the cable goes: both ends of every connection believe in each other, as they do when a machine
loses its power or a switch its mind. Needs root, ``ip`` and ``iptables``; the namespace reaches only this machine.
"""

import os
import shutil
import subprocess

NETWORK = "10.231.{number}"
"""Addresses of the cable's two ends: made up, and routed nowhere else."""


class Host:
    """Use as a context manager. ``prefix`` before a command runs it there; 127.0.0.1 is this machine there too."""

    def __init__(self, number):
        base = NETWORK.format(number=number)
        self.name = f"payhub{os.getpid()}"
        self._cable = f"ph{os.getpid()}"
        self._here, self._there = f"{base}.1", f"{base}.2"
        self.network = f"{base}.0/30"
        self.prefix = ("ip", "netns", "exec", self.name)
        self._door = ("PREROUTING", "-i", self._cable, "-p", "tcp", "-d", self._here, "-j", "DNAT",
                      "--to-destination", "127.0.0.1")  # fmt: skip

    def __enter__(self):
        try:
            self._open()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, *_):
        self.close()

    def lose(self):
        """Pulls the cable: from now on neither side hears from the other, and nobody is told."""
        _run("ip", "link", "set", self._cable, "down")

    def find(self):
        """Plugs it in again."""
        _run("ip", "link", "set", self._cable, "up")

    def _open(self):
        far = f"{self._cable}x"
        _run("ip", "netns", "add", self.name)
        _run("ip", "link", "add", self._cable, "type", "veth", "peer", "name", far, "netns", self.name)
        _run("ip", "addr", "add", f"{self._here}/30", "dev", self._cable)
        _run("ip", "link", "set", self._cable, "up")
        _run("sysctl", "-qw", f"net.ipv4.conf.{self._cable}.route_localnet=1")
        _run("iptables", "-w", "-t", "nat", "-A", *self._door)
        for command in (
            ("ip", "addr", "add", f"{self._there}/30", "dev", far), ("ip", "link", "set", far, "up"),
            ("ip", "link", "set", "lo", "up"), ("ip", "route", "add", "default", "via", self._here),
            ("sysctl", "-qw", "net.ipv4.conf.all.route_localnet=1"),
            ("iptables", "-w", "-t", "nat", "-A", "OUTPUT", "-d", "127.0.0.1", "-p", "tcp", "-j", "DNAT",
             "--to-destination", self._here),
            ("iptables", "-w", "-t", "nat", "-A", "POSTROUTING", "-o", far, "-j", "MASQUERADE"),
        ):  # fmt: skip
            _run(*self.prefix, *command)

    def close(self):
        for command in (
            ("iptables", "-w", "-t", "nat", "-D", *self._door), ("ip", "link", "del", self._cable),
            ("ip", "netns", "del", self.name),
        ):  # fmt: skip
            subprocess.run(command, check=False, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL)


def is_possible():
    """Whether this machine lets us make one."""
    if os.geteuid() != 0 or not (shutil.which("ip") and shutil.which("iptables")):
        return False
    try:
        with Host(250):
            return True
    except subprocess.CalledProcessError:
        return False


def _run(*command):
    subprocess.run(command, check=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
