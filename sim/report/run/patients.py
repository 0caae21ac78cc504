"""A row per patient and arm, as Parquet or an Arrow table."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from sim.quantities import KEPT, RECORDED, ROW, recorded_unit
from sim.study.prepare import Study
from sim.study.run import block_sizes, run_block
from sim.units import POINTS


def write_patients(path: Path, study: Study, patients: int) -> None:
    """Write one row per patient and arm as Parquet, a row group per block; every column carries its unit."""
    with pq.ParquetWriter(path, _schema(study)) as writer:
        for table in _blocks(study, patients):
            writer.write_table(table)


def patient_table(study: Study, patients: int) -> pa.Table:
    """Return one row per patient and arm; every column carries its unit in its metadata."""
    return pa.concat_tables(_blocks(study, patients))


def _kept(study: Study) -> dict[str, tuple[int, str]]:
    """Return row and unit of the numbers that are kept."""
    currency = study.scenario.costs.currency
    names = [name for name in (*RECORDED, *KEPT) if name != "ended_by"]
    return {name: (ROW[name], recorded_unit(name).of(currency).name) for name in names}


def _schema(study: Study) -> pa.Schema:
    fields = [
        pa.field("patient", pa.int64()),
        pa.field("profile", pa.dictionary(pa.int8(), pa.string())),
        pa.field("arm", pa.dictionary(pa.int8(), pa.string())),
        pa.field("baseline_pain", pa.float64(), metadata={"unit": POINTS.name}),
    ]
    fields += [pa.field(name, pa.float64(), metadata={"unit": unit}) for name, (_, unit) in _kept(study).items()]
    return pa.schema([*fields, pa.field("ended_by", pa.dictionary(pa.int8(), pa.string()))])


def _blocks(study: Study, patients: int) -> Iterator[pa.Table]:
    """Yield the patients block by block.

    They are simulated once more, so memory does not grow with them.
    """
    schema, rows_of = _schema(study), [row for row, _ in _kept(study).values()]
    endings = pa.array(["completed", "stopped", "discharged", "dropped_out"])
    arms, profiles = pa.array(list(study.setting.arms)), pa.array(list(study.scenario.profiles))
    first = 0
    for index, n in block_sizes(patients):
        block = run_block(study, index, n)
        order, cohort = block.in_order, block.patients.cohort
        rows = block.rows[:, :, order]
        profile = np.tile(cohort.profile[order], len(arms)).astype(np.int8)
        columns = [
            pa.array(np.tile(np.arange(first + 1, first + n + 1), len(arms))),
            pa.DictionaryArray.from_arrays(pa.array(profile), profiles),
            pa.DictionaryArray.from_arrays(pa.array(np.repeat(np.arange(len(arms), dtype=np.int8), n)), arms),
            pa.array(np.tile(cohort.baseline[order], len(arms))),
            *(pa.array(rows[:, row].ravel()) for row in rows_of),
            pa.DictionaryArray.from_arrays(pa.array(rows[:, ROW["ended_by"]].ravel().astype(np.int8)), endings),
        ]
        yield pa.Table.from_arrays(columns, schema=schema)
        first += n
