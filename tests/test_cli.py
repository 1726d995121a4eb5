"""The command line as a user or a script meets it: output, exit codes, one-line errors, pipes."""

import json
import subprocess
import sys

import numpy as np
import pytest
from click.testing import CliRunner

import kexuestat as ks
from kexuestat.cli import main
from kexuestat.graph.search_model import best_partition

TWO_TRIANGLES = "source,target\na,b\nb,c\nc,a\nc,d\nd,e\ne,f\nf,d\n"


@pytest.fixture
def run():
    def call(*arguments, stdin=None):
        return CliRunner().invoke(main, list(arguments), input=stdin)

    return call


@pytest.fixture
def edges(tmp_path):
    path = tmp_path / "edges.csv"
    path.write_text(TWO_TRIANGLES)
    return path


@pytest.fixture
def corpus_file(tmp_path):
    path = tmp_path / "texts.txt"
    path.write_text("\n".join(ks.text.sample_corpus()) + "\n")
    return path


def test_help_is_quick_because_it_imports_no_kernels():
    code = "import sys; from kexuestat.cli import main; print('numba' in sys.modules, 'numpy' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "False"]


def test_communities_go_without_the_estimator_and_its_imports(edges):
    code = "import sys; from kexuestat.cli import main; main(standalone_mode=False); print('sklearn' in sys.modules)"
    command = [sys.executable, "-c", code, "communities", str(edges), "--seed", "1"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout.endswith("\nFalse\n")


def test_communities_are_those_of_the_estimator(run, edges, tmp_path):
    arguments = ("communities", str(edges), "--seed", "1", "--markov-time", "1.5", "--trials", "3", "--format", "ftree")
    with_estimator = run(*arguments, "--report", str(tmp_path / "report.html")).stdout
    assert run(*arguments).stdout == with_estimator
    assert "options markov_time=1.5 n_jobs=1 n_trials=3 random_state=1" in with_estimator


def test_no_processor_at_all_is_refused(run, edges):
    done = run("communities", str(edges), "--jobs", "0")
    assert done.exit_code == 1
    assert "n_jobs" in done.stderr


def test_defaults_are_those_of_the_estimator():
    own = ks.InfoMap().get_params()
    assert {name: own[name] for name in best_partition.__kwdefaults__} == best_partition.__kwdefaults__


def test_package_runs_as_a_module():
    done = subprocess.run([sys.executable, "-m", "kexuestat", "--version"], capture_output=True, text=True, check=True)
    assert ks.__version__ in done.stdout


def test_table_lists_modules_with_their_members(run, edges):
    done = run("communities", str(edges), "--seed", "1")
    assert done.exit_code == 0
    assert "2.3207" in done.stdout
    rows = [line.split() for line in done.stdout.splitlines()]
    members = [set("".join(row[3:]).split(",")) for row in rows if row and row[0] in ("0", "1")]
    assert {frozenset(m) for m in members} == {frozenset("abc"), frozenset("def")}


def test_json_codelength_is_the_map_equation_of_the_written_partition(run, edges):
    done = run("communities", str(edges), "--seed", "1", "--json")
    result = json.loads(done.stdout)
    labels = {node["name"]: node["path"][0] for node in result["nodes"]}
    recomputed = ks.map_equation(ks.read_graph(edges), labels)
    np.testing.assert_allclose(result["codelength"], recomputed, rtol=0, atol=1e-9)
    np.testing.assert_allclose(recomputed, 2.3207303568, atol=1e-9)


def test_dash_reads_standard_input(run):
    done = run("communities", "-", "--seed", "1", "--format", "clu", stdin=TWO_TRIANGLES)
    assert done.exit_code == 0
    rows = [line for line in done.stdout.splitlines() if line and not line.startswith("#")]
    assert len(rows) == 6


def test_several_formats_go_into_a_folder(run, edges, tmp_path):
    out = tmp_path / "results"
    assert (
        run("communities", str(edges), "--seed", "1", "--format", "tree,clu,csv,json", "--out", str(out)).exit_code == 0
    )
    assert sorted(path.name for path in out.iterdir()) == ["edges.clu", "edges.csv", "edges.json", "edges.tree"]


def test_report_is_written_beside_the_result(run, edges, tmp_path):
    page = tmp_path / "report.html"
    assert run("communities", str(edges), "--seed", "1", "--report", str(page)).exit_code == 0
    assert "2.320730" in page.read_text()


def test_equal_seeds_write_equal_bytes(run, edges):
    first, second = (run("communities", str(edges), "--seed", "7", "--format", "tree").stdout for _ in range(2))
    assert first == second


@pytest.mark.parametrize(
    ("arguments", "exit_code", "words"),
    [
        (["communities", "missing.csv"], 1, "missing.csv"),
        (["communities", "x.csv", "--format", "xml"], 2, "xml"),
        (["communities", "x.csv", "--trials", "0"], 2, "trials"),
        (["communities", "x.csv", "--format", "tree,clu"], 2, "--out"),
        (["similarity", "only one"], 2, "two texts"),
        (["similarity", "--query", "a text"], 2, "--corpus"),
        (["datasets", "nosuch"], 1, "karate"),
    ],
)
def test_errors_are_one_line_and_have_their_exit_code(run, arguments, exit_code, words):
    done = run(*arguments)
    assert done.exit_code == exit_code
    assert words in done.stderr
    assert "Traceback" not in done.stderr
    assert done.exit_code == 2 or len(done.stderr.strip().splitlines()) == 1


def test_malformed_line_is_named(run, tmp_path):
    path = tmp_path / "bad.csv"
    path.write_text("a,b,1\nb,c,-2\n")
    done = run("communities", str(path))
    assert done.exit_code == 1
    assert "-2" in done.stderr


def test_datasets_pipe_into_communities(run):
    edges = run("datasets", "karate").stdout
    done = run("communities", "-", "--seed", "1", "--json", stdin=edges)
    np.testing.assert_allclose(json.loads(done.stdout)["codelength"], 4.3117926, atol=1e-6)


def test_dataset_list_is_also_json(run):
    assert {"karate", "lesmis"} <= {row["name"] for row in json.loads(run("datasets", "--json").stdout)}
    assert "karate" in run("datasets").stdout


def test_identical_texts_have_distance_zero(run, corpus_file):
    text = "The president greets the press."
    result = json.loads(run("similarity", text, text, "--corpus", str(corpus_file), "--json").stdout)
    assert (result["distance"], result["similarity"]) == (0.0, 1.0)


@pytest.mark.parametrize("method", ["wmd", "wrd"])
def test_related_texts_are_nearer_than_unrelated_ones(run, corpus_file, method):
    def distance(other):
        done = run(
            "similarity",
            "The president speaks to the press.",
            other,
            "--method",
            method,
            "--weights",
            "sif",
            "--corpus",
            str(corpus_file),
            "--json",
        )
        return json.loads(done.stdout)["distance"]

    assert distance("The minister greets the media.") < distance("The band played a concert.")


def test_two_texts_alone_get_vectors_of_their_own(run):
    done = run("similarity", "the cat sat on the mat", "the dog sat on the rug")
    assert done.exit_code == 0
    assert done.stdout.startswith("WMD distance")


def test_query_finds_the_nearest_lines(run, corpus_file):
    query = "The orchestra and the singer gave a concert for the crowd."
    done = run("similarity", "--corpus", str(corpus_file), "--query", query, "-k", "3", "--json")
    neighbors = json.loads(done.stdout)["neighbors"]
    assert [row["rank"] for row in neighbors] == [1, 2, 3]
    assert (neighbors[0]["text"], neighbors[0]["distance"]) == (query, 0.0)


def test_demo_shows_modules_and_distances(run):
    done = run("demo")
    assert done.exit_code == 0
    assert "4.311793" in done.stdout
    assert "WRD" in done.stdout


def test_info_names_versions_and_cache(run):
    facts = json.loads(run("info", "--json").stdout)
    assert facts["kexuestat"] == ks.__version__
    assert {"numba", "threads", "kernel cache"} <= facts.keys()
    assert "numba" in run("info").stdout
