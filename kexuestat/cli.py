"""The command line: ``kexuestat communities``, ``similarity``, ``datasets``, ``demo``, ``info``, ``convert-bert``.

Results go to standard output, notes to standard error, ``-`` is standard input or output. Exit codes: 0 done,
1 the data cannot be used, 2 the command was called wrongly. Imports stand inside the commands, so that ``--help``
is quick.
"""

import json
import logging
import sys

import click

from kexuestat._version import __version__
from kexuestat.exceptions import KexueStatError

_FORMATS = ("table", "clu", "tree", "ftree", "csv", "json")


class _Group(click.Group):
    """A group whose commands turn expected errors into one line on standard error and exit code 1."""

    def invoke(self, ctx):
        try:
            return super().invoke(ctx)
        except (KexueStatError, OSError, MemoryError) as error:
            if isinstance(error, BrokenPipeError):
                raise
            raise click.ClickException(_one_line(error)) from None


def _one_line(error):
    return " ".join(str(error).split()) or type(error).__name__


@click.group(cls=_Group, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="kexuestat")
@click.option("-v", "--verbose", is_flag=True, help="Write progress and notes to standard error.")
@click.pass_context
def main(ctx, verbose):
    """Communities of graphs and distances of texts, from the shell."""
    import warnings

    level = logging.INFO if verbose else logging.WARNING
    logging.basicConfig(level=level, format="%(message)s", stream=sys.stderr, force=True)
    warnings.showwarning = lambda message, *_: click.echo(f"warning: {_one_line(message)}", err=True)
    ctx.obj = verbose


def _formats(ctx, param, value):
    formats = [name.strip() for name in value.split(",") if name.strip()]
    unknown = [name for name in formats if name not in _FORMATS]
    if unknown or not formats:
        raise click.BadParameter(f"{', '.join(unknown) or value!r} is none of {', '.join(_FORMATS)}.")
    return formats


@main.command()
@click.argument("file", metavar="FILE")
@click.option("--directed/--undirected", default=None, help="Direction of the links; default: as the file says.")
@click.option("--trials", default=10, show_default=True, type=click.IntRange(1), help="Independent searches.")
@click.option("--seed", default=None, type=click.IntRange(0), help="Seed; the same seed gives the same result.")
@click.option("--hierarchical", is_flag=True, help="As many levels as shorten the code, instead of two.")
@click.option("--markov-time", default=1.0, show_default=True, help="Larger times give fewer modules.")
@click.option("--jobs", default=1, show_default=True, help="Trials at the same time; -1 is every processor.")
@click.option("--input-format", default=None, help="Format of FILE when its suffix does not tell (standard input).")
@click.option(
    "--format",
    "formats",
    default="table",
    show_default=True,
    callback=_formats,
    help=f"One or more of {', '.join(_FORMATS)}, joined by commas.",
)
@click.option("--json", "as_json", is_flag=True, help="The same as --format json.")
@click.option("--report", default=None, help="Also write a report, one HTML file.")
@click.option("--out", default="-", show_default=True, help="File, folder (several formats), or - for standard output.")
@click.pass_obj
def communities(
    verbose, file, directed, trials, seed, hierarchical, markov_time, jobs, input_format, formats, as_json, report, out
):
    """Communities of the graph in FILE, by the map equation (InfoMap).

    FILE is an edge list (csv, tsv, txt, plain or gzip), Pajek, MatrixMarket, npz, GML, GraphML or GEXF file, or - for
    an edge list on standard input.
    """
    from kexuestat.graph import read_graph

    formats = ["json"] if as_json else formats
    if len(formats) > 1 and out == "-":
        raise click.UsageError("several formats need --out FOLDER.")
    source = sys.stdin.buffer if file == "-" else file
    graph = read_graph(source, format=input_format or ("edges" if file == "-" else None), directed=directed)
    parameters = {
        "directed": directed,
        "two_level": not hierarchical,
        "n_trials": trials,
        "random_state": seed,
        "n_jobs": jobs,
        "markov_time": markov_time,
        "verbose": int(verbose),
    }
    partition = _partition(graph, parameters) if report is None else _reported(graph, parameters, report, file)
    _write_results(partition, formats, out, "communities" if file == "-" else file)


def _partition(graph, parameters):
    from kexuestat.graph.search_model import best_partition

    return best_partition(graph, **parameters)


def _reported(graph, parameters, report, file):
    """Return the partition after writing a report of the fitted model: only this needs the estimator."""
    from kexuestat.graph import InfoMap
    from kexuestat.report import write_report

    model = InfoMap(**parameters).fit(graph)
    write_report(model, report, title="standard input" if file == "-" else file)
    return model.partition_


def _write_results(partition, formats, out, source):
    """Write the partition in each format: to standard output, to a file, or into a folder."""
    from pathlib import Path

    from kexuestat.graph import write_partition
    from kexuestat.graph.io.source import atomic_text

    if out == "-":
        click.echo(_as_text(partition, formats[0]), nl=False)
        return
    target = Path(out)
    folder = len(formats) > 1 or target.is_dir() or out.endswith(("/", "\\"))
    stem = Path(source).name.split(".")[0] or "communities"
    if folder:
        target.mkdir(parents=True, exist_ok=True)
    for name in formats:
        path = target / f"{stem}.{'txt' if name == 'table' else name}" if folder else target
        if name == "table":
            with atomic_text(path) as stream:
                stream.write(_table(partition))
        else:
            write_partition(partition, path, format=name)


def _as_text(partition, name):
    import io

    from kexuestat.graph import write_partition

    if name == "table":
        return _table(partition)
    stream = io.StringIO()
    write_partition(partition, stream, format=name)
    return stream.getvalue()


def _table(partition, most=10):
    """Return a readable table: one row per module, its size, flow and leading members."""
    head = partition.summary(n_modules=0).partition("\n")[0]
    lines = [head, "", f"{'module':>6}  {'nodes':>7}  {'flow':>7}  members by flow"]
    flow = partition.module_flow
    for k, members in partition.modules().items():
        shown = ", ".join(str(node) for node in members[:most]) + (", ..." if len(members) > most else "")
        lines.append(f"{k:>6}  {len(members):>7}  {flow[k]:>7.4f}  {shown}")
    return "\n".join(lines) + "\n"


@main.command()
@click.argument("texts", nargs=-1, metavar="[A B]")
@click.option(
    "--method",
    default="wmd",
    show_default=True,
    type=click.Choice(["wmd", "wrd"]),
    help="Word Mover's or Word Rotator's Distance.",
)
@click.option("--vectors", default=None, help="Word vectors (word2vec, GloVe, fastText text, or a folder of ours).")
@click.option(
    "--corpus",
    default=None,
    help="File with one text per line: searched with --query, and the source of "
    "word vectors when --vectors is not given. - is standard input.",
)
@click.option("--query", default=None, help="A text; its nearest texts of the corpus are printed.")
@click.option("-k", "--neighbors", "k", default=5, show_default=True, type=click.IntRange(1), help="How many.")
@click.option(
    "--weights",
    default="count",
    show_default=True,
    type=click.Choice(["count", "binary", "tfidf", "sif"]),
    help="Weight of a word in its text.",
)
@click.option("--json", "as_json", is_flag=True, help="JSON instead of a table.")
def similarity(texts, method, vectors, corpus, query, k, weights, as_json):
    """Distance and similarity of two texts A and B, or the nearest texts of a corpus.

    A and B are texts, or names of text files; - is standard input. Without --vectors, word vectors are fitted on the
    corpus, or else on A and B themselves.
    """
    if query is None:
        if len(texts) != 2:
            raise click.UsageError("give two texts A and B, or --corpus FILE --query TEXT.")
        result = _pair(*map(_text, texts), method, vectors, corpus, weights)
    elif corpus is None or texts:
        raise click.UsageError("--query goes with --corpus FILE, and without A and B.")
    else:
        result = _nearest(query, _lines(corpus), k, method, vectors, weights)
    click.echo(json.dumps(result, ensure_ascii=False) if as_json else _similarity_table(result))


def _text(argument):
    from pathlib import Path

    if argument == "-":
        return sys.stdin.read()
    path = Path(argument)
    try:
        return path.read_text(encoding="utf-8") if path.is_file() else argument
    except OSError:  # a text too long to be a file name
        return argument


def _lines(path):
    from pathlib import Path

    content = sys.stdin.read() if path == "-" else Path(path).read_text(encoding="utf-8")
    return [line for line in content.split("\n") if line.strip()]


def _mover(method, vectors, weights, documents):
    """Return the fitted mover; without a vector file the vectors come from the documents."""
    from kexuestat.text import PMIEmbedder, WordMoverDistance, WordRotatorDistance, read_vectors

    kind = {"wmd": WordMoverDistance, "wrd": WordRotatorDistance}[method]
    source = PMIEmbedder(min_count=1) if vectors is None else read_vectors(vectors)
    return kind(vectors=source, weights=weights).fit(documents)


def _pair(a, b, method, vectors, corpus, weights):
    documents = _lines(corpus) if corpus else [line for text in (a, b) for line in text.split("\n") if line.strip()]
    mover = _mover(method, vectors, weights, documents)
    distance = float(mover.paired([a], [b])[0])
    likeness = float(mover.paired_similarity([a], [b])[0])
    return {"method": method, "distance": distance, "similarity": likeness}


def _nearest(query, documents, k, method, vectors, weights):
    mover = _mover(method, vectors, weights, documents)
    distances, indices = mover.kneighbors([query], n_neighbors=min(k, len(documents)))
    rows = [
        {"rank": rank, "line": int(i) + 1, "distance": float(d), "text": documents[i]}
        for rank, (d, i) in enumerate(zip(distances[0], indices[0]), start=1)
        if i >= 0
    ]
    return {"method": method, "query": query, "neighbors": rows}


def _similarity_table(result):
    if "neighbors" not in result:
        return f"{result['method'].upper()} distance {result['distance']:.6f}  similarity {result['similarity']:.6f}"
    rows = [f"{'rank':>4}  {'distance':>9}  {'line':>5}  text"]
    rows += [f"{r['rank']:>4}  {r['distance']:>9.6f}  {r['line']:>5}  {r['text']}" for r in result["neighbors"]]
    return "\n".join(rows)


@main.command()
@click.argument("name", required=False)
@click.option("--json", "as_json", is_flag=True, help="JSON instead of a table.")
def datasets(name, as_json):
    """List the embedded graphs, or write the links of graph NAME as csv to standard output."""
    from kexuestat.graph import dataset_names, load_graph

    if name is not None:
        click.echo(_edge_csv(load_graph(name)), nl=False)
        return
    rows = [_dataset_row(key, text, load_graph(key)) for key, text in dataset_names().items()]
    if as_json:
        click.echo(json.dumps(rows))
    else:
        click.echo(f"{'name':<18} {'nodes':>6} {'links':>6}  about")
        for row in rows:
            click.echo(f"{row['name']:<18} {row['nodes']:>6} {row['links']:>6}  {row['about']}")


def _dataset_row(name, about, graph):
    return {"name": name, "nodes": graph.n_nodes, "links": graph.n_links, "about": about}


def _edge_csv(graph):
    import csv
    import io

    stream = io.StringIO()
    rows = csv.writer(stream, lineterminator="\n")
    rows.writerow(["source", "target", "weight"])
    for i in range(graph.n_nodes):
        for e in range(graph.indptr[i], graph.indptr[i + 1]):
            j = graph.indices[e]
            if graph.directed or i <= j:
                rows.writerow([graph.nodes[i], graph.nodes[j], f"{graph.weights[e]:.17g}"])
    return stream.getvalue()


@main.command()
@click.option("--seed", default=1, show_default=True, type=click.IntRange(0), help="Seed of the community search.")
def demo(seed):
    """Communities of an embedded graph, and distances of embedded texts: what the library does, in one screen."""
    from kexuestat.graph import InfoMap, load_graph
    from kexuestat.text import sample_corpus

    click.echo("Communities of Zachary's karate club, by the map equation\n")
    model = InfoMap(n_trials=10, random_state=seed).fit(load_graph("karate"))
    click.echo(_table(model.partition_, most=12))

    corpus = sample_corpus()
    pairs = [
        ("The president speaks to the press.", "The minister greets the media."),
        ("The president speaks to the press.", "The band played a concert."),
    ]
    movers = {name: _mover(name, None, "sif", corpus) for name in ("wmd", "wrd")}
    click.echo(f"Distances of texts, word vectors fitted on {len(corpus)} embedded sentences\n")
    click.echo(f"{'WMD':>8}  {'WRD':>8}  texts")
    for a, b in pairs:
        wmd, wrd = (float(mover.paired([a], [b])[0]) for mover in movers.values())
        click.echo(f"{wmd:>8.4f}  {wrd:>8.4f}  {a} | {b}")
    click.echo("\nNearest sentences to 'Reporters asked the leader about the law.' by WMD\n")
    query = "Reporters asked the leader about the law."
    click.echo(_similarity_table(_nearest(query, list(corpus), 3, "wmd", None, "sif")))


@main.command()
@click.option("--json", "as_json", is_flag=True, help="JSON instead of a table.")
def info(as_json):
    """Versions, threads and the kernel cache of this installation."""
    import os
    import platform
    from importlib import metadata

    import numba

    from kexuestat._kernels._jit import CACHE, JIT_ENABLED

    facts = {"kexuestat": __version__, "python": platform.python_version()}
    for name in ("numpy", "scipy", "networkx", "numba", "POT", "scikit-learn", "tensorflow", "tensorflow-cpu"):
        try:
            facts[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            facts[name] = None
    facts |= {
        "processors": os.cpu_count(),
        "threads": numba.config.NUMBA_NUM_THREADS,
        "compiled": JIT_ENABLED,
        "kernel cache": (numba.config.CACHE_DIR or "beside the kernels") if CACHE else "off",
    }
    if as_json:
        click.echo(json.dumps(facts))
    else:
        for key, value in facts.items():
            click.echo(f"{key:<15} {'not installed' if value is None else value}")


@main.command("convert-bert")
@click.argument("source")
@click.argument("target")
@click.option("--to", required=True, type=click.Choice(["google", "safetensors"]), help="Format to write.")
def convert_bert(source, target, to):
    """Convert the BERT checkpoint SOURCE to the other format, in the new folder TARGET."""
    from kexuestat.text import convert_checkpoint

    click.echo(convert_checkpoint(source, target, to=to))
