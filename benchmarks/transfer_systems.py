"""Try-on systems with random weights, at the sizes of the published models or small, built where they are measured.

Each is the product's own class, so that what is timed is what runs. `Built.upstream` turns a system into what its
authors' code computes: the same result with the work that they do besides.
"""

from __future__ import annotations

import torch

from benchmarks import transfer_latent as latent
from benchmarks import transfer_others as others
from benchmarks.transfer_parts import Bench
from tryon.transfer import (
    catvton,
    dci_vton,
    fashn_vton,
    flux2_edit,
    idm_vton,
    kolors,
    leffa,
    ootdiffusion,
    qwen_edit,
    viton,
    vivid,
)

HALF, BRAIN = torch.float16, torch.bfloat16
BENCHES = (
    Bench(spec=fashn_vton.SPEC, build=others.fashn_vton, dtype=BRAIN, size=(576, 864)),
    Bench(spec=catvton.BASE, build=latent.catvton, dtype=BRAIN),
    Bench(spec=leffa.BASE, build=latent.leffa, dtype=HALF),
    Bench(spec=ootdiffusion.SPECS[1], build=latent.ootdiffusion, dtype=HALF),
    Bench(spec=idm_vton.BASE, build=latent.idm_vton, dtype=HALF),
    Bench(spec=kolors.SPEC, build=latent.kolors, dtype=HALF),
    Bench(spec=dci_vton.SPEC, build=latent.dci_vton, dtype=HALF, size=(512, 512)),
    Bench(spec=vivid.SPEC, build=others.vivid, dtype=HALF, size=(384, 512)),
    Bench(spec=viton.SPEC, build=others.viton, dtype=torch.float32, size=(192, 256)),
    Bench(spec=flux2_edit.BASE, build=others.flux2_klein, dtype=BRAIN, size=(896, 1184)),
    Bench(spec=qwen_edit.SPEC, build=others.qwen_edit, dtype=BRAIN, size=(896, 1184)),
)
