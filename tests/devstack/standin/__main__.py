"""A stack whose programs are small stand-ins: `python -m tests.devstack.standin` for `make run`."""

import sys
from collections.abc import Mapping

from devstack import stack
from devstack.config import ROOT, Config
from devstack.datadir import DataDir
from devstack.process import Program
from devstack.supervisor import APP, SANDBOX


class StandIns:
    """The same names, order and layers as the product."""

    def __init__(self, config: Config, data: DataDir, environ: Mapping[str, str]) -> None:
        self.data = data
        self.environ = environ

    def preparations(self) -> list[Program]:
        return [self._program("migrate", module="trace")]

    def sandbox(self) -> Program:
        return self._program("sandbox", layer=SANDBOX)

    def product(self) -> list[Program]:
        return [self._program(name) for name in ("web", "worker", "dispatcher", "bot")]

    def _program(self, name: str, *, module: str = "program", layer: int = APP) -> Program:
        return Program(
            name=name,
            command=[sys.executable, "-m", f"tests.devstack.standin.{module}", name],
            cwd=ROOT,
            log=self.data.log(name),
            environ=self.environ,
            layer=layer,
        )


if __name__ == "__main__":
    sys.exit(stack.main(StandIns))
