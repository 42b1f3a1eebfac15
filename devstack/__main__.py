"""What `make run` starts."""

import sys

from devstack import stack

if __name__ == "__main__":
    sys.exit(stack.main())
