"""`simulate tune` as a user types it: mistakes are named before anything is served."""

from __future__ import annotations

import pytest

from sim.cli.main import main

BAD = [
    (["none.yaml"], "none.yaml"),
    ([], "FILE"),
    (["acute.yaml", "--port", "0"], "from 1 to 65535"),
    (["acute.yaml", "--port", "x"], "--port"),
    (["acute.yaml", "--tls-cert", "c.pem"], "give both"),
    (["acute.yaml", "--tls-cert", "c.pem", "--tls-key", "k.pem"], "give --share too"),
    (["acute.yaml", "--share", "--tls-cert", "c.pem", "--tls-key", "k.pem"], "cannot use c.pem and k.pem"),
    (["acute.yaml", "--patients", "1"], "--patients: must be from 10 to 200,000"),
    (["acute.yaml", "--set", "claims.dry_needling.satisfied=2"], "claims.dry_needling.satisfied"),
    (["acute.yaml", "--set", "protocols.dry_needling.every_days=60"], "followup.horizon"),
    (
        [
            "acute.yaml", "--set", "profiles.acute_strain.baseline_pain.mean=3",
            "--set", "cohort.include.reported_pain_at_least=10",
        ],
        "cohort.include.reported_pain_at_least",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("arguments", "words"), BAD)
def test_a_mistake_is_named_and_nothing_is_served(arguments, words, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit) as end:
        main(["tune", *arguments])
    said = capsys.readouterr()
    assert (end.value.code, said.out) == (2, "")
    assert words in " ".join(said.err.split())
    assert "Traceback" not in said.err
