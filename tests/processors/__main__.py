"""`make processors`: the tests with floats, as other processors compute them.

The kernels of one operation differ in their last digits between instruction sets, and a test that expects the
digits of one of them fails on the next machine. torch, MKL and oneDNN each take a variable that makes them compute
with the kernels of an older processor.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
#: Folders whose tests do not compare floats computed by torch.
WITHOUT_FLOATS = ("browser", "deploy", "failover", "linking", "load", "operating", "page", "stage")
#: MKL obeys the choice of kernels only if it believes that the processor is Intel's.
_INTEL = "int mkl_serv_intel_cpu_true(void) { return 1; }\nint mkl_serv_intel_cpu(void) { return 1; }\n"


@dataclass(frozen=True)
class Kernels:
    """One choice of kernels: the processor flag that it needs, and its names in torch, MKL and oneDNN."""

    name: str
    flag: str
    aten: str
    mkl: str
    onednn: str
    threads: int

    @property
    def environment(self) -> dict[str, str]:
        """The variables that make a process compute with these."""
        return {
            "ATEN_CPU_CAPABILITY": self.aten,
            "MKL_ENABLE_INSTRUCTIONS": self.mkl,
            "ONEDNN_MAX_CPU_ISA": self.onednn,
            "OMP_NUM_THREADS": str(self.threads),
        }


CHOICES = (
    Kernels("SSE4.2, one thread", "sse4_2", "default", "SSE4_2", "SSE41", 1),
    Kernels("AVX2, two threads", "avx2", "avx2", "AVX2", "AVX2", 2),
    Kernels("AVX-512, one thread", "avx512f", "avx512", "AVX512", "AVX512_CORE", 1),
    Kernels("AVX-512 in MKL alone, two threads", "avx512f", "default", "AVX512", "SSE41", 2),
)


def main(arguments: list[str]) -> int:
    """Run pytest once for each choice, with these arguments; return the number of runs that failed."""
    flags, failed = _flags(), []
    with tempfile.TemporaryDirectory() as folder:
        preloaded = _as_intel(Path(folder))
        for one in CHOICES:
            print(f"\n== {one.name}", flush=True)
            if one.flag not in flags:
                print("This processor has no such instructions.")
                continue
            ignored = [f"--ignore=tests/{folder}" for folder in WITHOUT_FLOATS]
            command = [sys.executable, "-m", "pytest", "-q", "--numprocesses=auto", *ignored, *arguments]
            environment = os.environ | one.environment | preloaded
            if subprocess.run(command, cwd=ROOT, env=environment, check=False).returncode:
                failed.append(one.name)
    print(f"\nFailed: {', '.join(failed)}" if failed else "\nAll passed.")
    return len(failed)


def _flags() -> set[str]:
    """The instruction sets of this processor, as Linux names them; none on another system."""
    about = Path("/proc/cpuinfo")
    lines = about.read_text(encoding="utf-8").splitlines() if about.exists() else []
    return {flag for line in lines if line.startswith("flags") for flag in line.split()}


def _as_intel(folder: Path) -> dict[str, str]:
    """The variables that make MKL believe that the processor is Intel's; none if there is no C compiler."""
    source, library = folder / "intel.c", folder / "intel.so"
    source.write_text(_INTEL, encoding="utf-8")
    try:
        subprocess.run(["cc", "-shared", "-fPIC", "-o", str(library), str(source)], check=True)
    except (OSError, subprocess.CalledProcessError) as error:
        print(f"MKL chooses its kernels by itself here: {error}")
        return {}
    return {"LD_PRELOAD": str(library)}


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
