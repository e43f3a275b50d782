#!/usr/bin/env python3
"""Installs keratin below the build folder and uses it as a stranger does.

    tests/install/install_test.py --source ROOT --build BUILD --compiler CXX [--flags FLAGS]

Checks that each public header compiles alone, that the library shows symbols of keratin:: only, that examples/ builds
against the CMake package and one of them against pkg-config, that they run, and that the README shows one of them.
Exit status: 0 all well, 1 not.
"""
import argparse
import os
import pathlib
import shutil
import subprocess
import sys
import zipfile

SHOWN = ("keratin::", "typeinfo for keratin::", "typeinfo name for keratin::", "vtable for keratin::",
         "guard variable for keratin::", "non-virtual thunk to keratin::")


def run(*command, **options):
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True, **options)
    if done.returncode != 0:
        raise SystemExit(f"exit {done.returncode} of {' '.join(map(str, command))}\n{done.stdout}{done.stderr}")
    return done.stdout


def check(condition, sentence):
    if not condition:
        raise SystemExit(sentence)


def install(build, prefix):
    shutil.rmtree(prefix, ignore_errors=True)
    run("cmake", "--install", build, "--prefix", prefix)
    library = next(prefix.glob("lib*/**/libkeratin.so"))
    return library.parent


def headers_compile_alone(compiler, prefix):
    headers = sorted((prefix / "include" / "keratin").glob("*.h"))
    check(headers, "no header was installed")
    for header in headers:
        run(compiler, "-std=c++20", "-fsyntax-only", "-Wall", "-Wextra", "-Werror", "-I", prefix / "include",
            "-x", "c++", "-", input=f"#include <keratin/{header.name}>\n#include <keratin/{header.name}>\n")


def only_keratin_is_shown(library):
    names = run("nm", "-D", "-C", "--defined-only", library).splitlines()
    check(any("keratin::" in name for name in names), f"{library} shows no symbol of keratin::")
    strange = [name for name in names if not name.split(maxsplit=2)[2].startswith(SHOWN)]
    check(not strange, f"{library} shows {len(strange)} symbols that are not keratin's:\n" + "\n".join(strange[:20]))


def readme_shows_the_example(source):
    example = (source / "examples" / "predict.cc").read_text().split("\n", 1)[1]
    readme = (source / "README.md").read_text()
    check(f"```cpp\n{example}```" in readme, "README.md shows another program than examples/predict.cc")


def npy_of(npz, out):
    """The only array of an npz file as an npy file."""
    with zipfile.ZipFile(npz) as archive:
        (name,) = archive.namelist()
        out.write_bytes(archive.read(name))


def npz_of(npy, name, out):
    with zipfile.ZipFile(out, "w") as archive:
        archive.write(npy, f"{name}.npy")


def run_examples(source, programs, work):
    formats, api = source / "tests" / "golden" / "formats", source / "tests" / "golden" / "api"
    npy_of(formats / "cnn.in.npz", work / "x.npy")
    summary = run(programs / "predict", formats / "cnn.keras", work / "x.npy", work / "y.npy")
    check("Total params" in summary, "predict printed no summary")
    with zipfile.ZipFile(formats / "cnn.out.npz") as archive:
        output = archive.namelist()[0].removesuffix(".npy")
    npz_of(work / "y.npy", output, work / "y.npz")
    run(sys.executable, source / "tools" / "compare_npz.py", work / "y.npz", formats / "cnn.out.npz")
    check("2 x 3" in run(programs / "build_model"), "build_model: another answer")
    check("transfer learning: as the guide says" in run(programs / "guide", work), "guide: it ended early")
    check("400 runs" in run(programs / "threads", formats / "mlp.keras"), "threads: another answer")
    check("dense: 15 numbers" in run(programs / "custom_layer", api / "custom.keras", api / "custom.in.npz"),
          "custom_layer: another answer")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--source", required=True, type=pathlib.Path)
    parser.add_argument("--build", required=True, type=pathlib.Path)
    parser.add_argument("--compiler", required=True)
    parser.add_argument("--flags", default="")
    arguments = parser.parse_args()
    arguments.source, arguments.build = arguments.source.resolve(), arguments.build.resolve()
    work = arguments.build / "install_test"
    prefix, examples = work / "prefix", work / "examples"
    libraries = install(arguments.build, prefix)
    readme_shows_the_example(arguments.source)
    headers_compile_alone(arguments.compiler, prefix)
    only_keratin_is_shown(libraries / "libkeratin.so")

    shutil.rmtree(examples, ignore_errors=True)
    run("cmake", "-S", arguments.source / "examples", "-B", examples, f"-DCMAKE_PREFIX_PATH={prefix}",
        f"-DCMAKE_CXX_COMPILER={arguments.compiler}", f"-DCMAKE_CXX_FLAGS={arguments.flags}")
    run("cmake", "--build", examples, "-j", os.cpu_count())
    run_examples(arguments.source, examples, work)

    environment = os.environ | {"PKG_CONFIG_PATH": str(libraries / "pkgconfig")}
    flags = run("pkg-config", "--cflags", "--libs", "keratin", env=environment).split()
    program = work / "build_model"
    run(arguments.compiler, *arguments.flags.split(), arguments.source / "examples" / "build_model.cc", "-o", program,
        *flags, f"-Wl,-rpath,{libraries}")
    check("2 x 3" in run(program), "built with pkg-config: another answer")
    check(run(prefix / "bin" / "keratin", "--version").startswith("keratin "), "the installed keratin doesn't run")


if __name__ == "__main__":
    main()
