"""Keys numba's disk cache by the kernels' content: an edited callee in another file would keep its old result."""

import hashlib
import os
import tempfile
from pathlib import Path


def _cache_key():
    digest = hashlib.sha256()
    for path in sorted(Path(__file__).parent.glob("kexuestat/_kernels/**/*.py")):
        digest.update(path.read_bytes())
    checked = "-bounds" if os.environ.get("NUMBA_BOUNDSCHECK", "0") not in ("", "0") else ""
    return digest.hexdigest()[:16] + checked


if "NUMBA_CACHE_DIR" not in os.environ:
    os.environ["NUMBA_CACHE_DIR"] = str(Path(tempfile.gettempdir()) / f"kexuestat-numba-{_cache_key()}")
