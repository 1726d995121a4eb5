"""What is imported when, with and without TensorFlow; forked processes and joblib workers."""

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from tests.text import tiny_bert

ROOT = Path(__file__).resolve().parents[2]
HEAVY = ("tensorflow", "keras", "torch", "jax", "ot", "safetensors", "h5py")
needs_tensorflow = pytest.mark.skipif(importlib.util.find_spec("tensorflow") is None, reason="no TensorFlow")


def _run(code, *arguments, timeout=120):
    """Run code in a fresh process; return what it printed."""
    command = [sys.executable, "-c", code, *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, timeout=timeout)
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout.strip()


def test_naming_making_cloning_and_printing_load_no_tensorflow():
    code = f"""
import pickle, sys
import kexuestat.text
from sklearn.base import clone
from kexuestat.text import BertEmbedder, WordPieceTokenizer, convert_checkpoint
embedder = clone(BertEmbedder("x", layers=(1, -1)))
repr(embedder), str(embedder), embedder.get_params(), pickle.dumps(embedder)
for name in kexuestat.text.__all__:
    getattr(kexuestat.text, name)
print(*[name for name in {HEAVY!r} if name in sys.modules])
"""
    assert _run(code) == ""


_ABSENT = """
import sys
sys.modules["tensorflow"] = None
from kexuestat.exceptions import MissingDependencyError
from kexuestat.text import BertEmbedder, convert_checkpoint
for call in (
    lambda: BertEmbedder("x").fit(["a"]),
    lambda: BertEmbedder("x").transform(["a"]),
    lambda: convert_checkpoint("x", "y", to="google"),
):
    try:
        call()
    except MissingDependencyError as error:
        assert isinstance(error, ImportError) and error.__cause__ is not None
        print(error)
"""


def test_absent_tensorflow_is_named_with_the_install_line_before_the_folder_is_touched():
    lines = _run(_ABSENT).splitlines()
    expected = (
        'BertEmbedder needs TensorFlow; install it with: pip install "kexuestat[bert]" (CPU only: '
        '"kexuestat[bert-cpu]"). Everything else works without it; token vectors of your own can be passed as arrays.'
    )
    assert lines == [expected, expected, expected.replace("BertEmbedder", "convert_checkpoint")]


@pytest.mark.parametrize("content", ["raise ImportError('libfoo.so.1: cannot open')", "import absent_part_of_it"])
def test_broken_tensorflow_has_another_sentence(tmp_path, content):
    (tmp_path / "tensorflow.py").write_text(content)
    code = """
import sys
sys.path.insert(0, sys.argv[1])
from kexuestat.text import BertEmbedder
try:
    BertEmbedder("x").fit(["a"])
except ImportError as error:
    print(type(error.__cause__).__name__, error)
"""
    found = _run(code, tmp_path)
    assert "installed but cannot be imported (" in found
    assert "Versions 2.18 to 2.21 are tested" in found
    assert ("libfoo.so.1" in found) or ("ModuleNotFoundError" in found)


_FORK = """
import os, sys, time, warnings
warnings.simplefilter("ignore")
from kexuestat.exceptions import KexueStatError
from kexuestat.text import BertEmbedder
embedder = BertEmbedder(sys.argv[1])
embedder.transform(["the band"])
for make in (lambda: embedder, lambda: BertEmbedder(sys.argv[1])):
    for method in ("fit", "transform"):
        pid = os.fork()
        if pid == 0:
            try:
                getattr(make(), method)(["the band"])
            except KexueStatError as error:
                print(error, flush=True)
            os._exit(0)
        end = time.time() + 5
        while os.waitpid(pid, os.WNOHANG) == (0, 0):
            if time.time() > end:
                os.kill(pid, 9)
                sys.exit("the child hangs")
            time.sleep(0.02)
"""


@needs_tensorflow
@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork")
def test_a_forked_child_gets_an_error_and_does_not_hang(tmp_path):
    lines = _run(_FORK, tiny_bert.write_hf(tmp_path)).splitlines()
    assert len(lines) == 4
    assert set(lines) == {
        "BertEmbedder was used before this process was forked; TensorFlow does not survive fork(). "
        'Use joblib (loky) or the "spawn" start method.'
    }


@needs_tensorflow
@pytest.mark.slow
def test_two_joblib_workers_equal_one_process(tmp_path):
    from joblib import Parallel, delayed

    from kexuestat.text import BertEmbedder

    embedder = BertEmbedder(tiny_bert.write_hf(tmp_path))
    texts = [["the band", "语言模型"], ["obama speaks to the press", "unbelievable"], ["a", "x1"]]
    own = [embedder.fit(part).transform(part) for part in texts]
    theirs = Parallel(n_jobs=2, backend="loky")(delayed(embedder.transform)(part) for part in texts)
    for a, b in zip(own, theirs):
        assert a.tokens == b.tokens
        np.testing.assert_allclose(a.vectors, b.vectors, atol=1e-5)  # float32, other threads


@needs_tensorflow
def test_two_processes_share_one_cache(tmp_path):
    model = tiny_bert.write_hf(tmp_path / "model")
    code = """
import sys
from kexuestat.text import BertEmbedder
vectors = BertEmbedder(sys.argv[1], cache=sys.argv[2]).transform(["the band", "a concert in japan"]).vectors
print(vectors.tobytes().hex())
"""
    command = [sys.executable, "-c", code, str(model), str(tmp_path / "cache")]
    both = [subprocess.Popen(command, stdout=subprocess.PIPE, cwd=ROOT) for _ in range(2)]
    outputs = [process.communicate(timeout=120)[0] for process in both]
    vectors = [np.frombuffer(bytes.fromhex(out.decode().strip()), np.float32) for out in outputs]
    assert vectors[0].size > 0
    np.testing.assert_allclose(vectors[0], vectors[1], atol=1e-5)  # float32


@needs_tensorflow
def test_thread_settings_of_tensorflow_are_left_alone(tmp_path):
    code = """
import sys
from kexuestat.text import BertEmbedder
BertEmbedder(sys.argv[1]).transform(["the band"])
import tensorflow as tf
print(tf.config.threading.get_intra_op_parallelism_threads(), tf.config.threading.get_inter_op_parallelism_threads())
"""
    assert _run(code, tiny_bert.write_hf(tmp_path)) == "0 0"
