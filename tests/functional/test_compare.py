"""`simulate compare` as a user types it."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from sim.cli.main import cli
from sim.errors import CoursesimError
from sim.report.command import command_line
from sim.report.document.formats import report_file
from tests.conftest import GIVEN_PARAMETERS

FEW = ("--patients", "600", "--quiet", "--workers", "1")
FAST = tuple(word for one in GIVEN_PARAMETERS for word in ("--set", one))


def run(*words: str) -> Result:
    return CliRunner().invoke(cli, ["compare", *words], catch_exceptions=True)


def rows(file: Path) -> list[dict[str, str]]:
    with file.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def done(*words: str) -> None:
    result = run(*words)
    assert result.exception is None, result.exception


def test_the_directory_is_whole_and_its_manifest_lists_every_file(here: Path) -> None:
    done("acute.yaml", "chronic.yaml", *FAST, *FEW, "--format", "html,docx")
    out = here / "outputs" / "compare-acute-chronic"
    assert "It costs, per patient" in (out / "report.html").read_text(encoding="utf-8")
    manifest = json.loads((out / "manifest.json").read_text())
    files = {p.relative_to(out).as_posix() for p in out.rglob("*") if p.is_file()} - {"manifest.json"}
    assert set(manifest["files"]) == files
    assert {report_file("html"), report_file("docx"), "summary.csv", "differences.csv", "ranks.csv"} <= files
    assert manifest["scenarios"] == ["acute", "chronic"]
    assert manifest["configurations"]["chronic"]["cohort"]["profiles"] == {"chronic": 1.0}
    assert command_line(manifest["parameters"]).startswith("simulate compare acute.yaml chronic.yaml")


def test_the_command_in_the_manifest_makes_the_same_files(here: Path) -> None:
    import shlex

    done("acute.yaml", "--vary", "protocols.combined.visits=2,4", "--evidence", "article.yaml,literature.yaml",
         *FAST, *FEW, "--out", "one")  # fmt: skip
    command = command_line(json.loads((here / "one" / "manifest.json").read_text())["parameters"])
    done(*shlex.split(command)[2:], "--quiet", "--out", "two")
    hashes = [json.loads((here / name / "manifest.json").read_text())["files"] for name in ("one", "two")]
    assert hashes[0] == hashes[1]


def test_a_scenario_compared_with_itself_differs_by_exactly_nothing(here: Path) -> None:
    done("policies.yaml", "policies.yaml", *FAST, *FEW)
    between = [r for r in rows(here / "outputs/compare-policies-policies/differences.csv")
               if r["scenario"] != r["versus_scenario"]]  # fmt: skip
    assert len(between) > 100
    for row in between:
        assert [float(row[key] or 0) for key in ("estimate", "mc_error", "lower", "upper")] == [0, 0, 0, 0], row


def test_a_and_b_mirror_b_and_a(here: Path) -> None:
    done("acute.yaml", "stress.yaml", *FAST, *FEW, "--out", "ab")
    done("stress.yaml", "acute.yaml", *FAST, *FEW, "--out", "ba")

    def keyed(name: str) -> dict[tuple[str, ...], dict[str, str]]:
        keys = ("scenario", "arm", "versus_scenario", "versus_arm", "outcome")
        return {tuple(row[key] for key in keys): row for row in rows(here / name / "differences.csv")}

    ab, ba = keyed("ab"), keyed("ba")
    mirrored = 0
    for (scenario, arm, versus, versus_arm, outcome), row in ab.items():
        if scenario == versus:
            assert row == ba[scenario, arm, versus, versus_arm, outcome]
            continue
        other = ba[versus, arm, scenario, versus_arm, outcome]
        assert row["mc_error"] == other["mc_error"]
        if row["estimate"]:
            assert float(row["estimate"]) == -float(other["estimate"])
            assert float(row["lower"]) == -float(other["upper"])
        mirrored += 1
    assert mirrored > 80
    assert sorted(map(str, rows(here / "ab/summary.csv"))) == sorted(map(str, rows(here / "ba/summary.csv")))


def test_each_scenario_has_the_numbers_of_its_own_run(here: Path) -> None:
    done("acute.yaml", "chronic.yaml", *FAST, *FEW, "--out", "both")
    alone = CliRunner().invoke(cli, ["--config", "chronic.yaml", *FAST, *FEW, "--out", "alone"])
    assert alone.exception is None
    both = [row for row in rows(here / "both/summary.csv") if row["scenario"] == "chronic"]
    assert both == rows(here / "alone/summary.csv")


def test_what_differs_and_nothing_else_is_shown(here: Path) -> None:
    done("acute.yaml", "--vary", "response.rho=0,1", *FAST, *FEW, "--out", "o")
    report = (here / "o/report.html").read_text()
    differing = report.partition('id="differs"')[2].partition("</details>")[0]
    assert "response.rho" in differing
    assert "protocols." not in differing
    assert differing.count('class="path"') == 1


def test_an_answer_that_depends_on_the_evidence_is_said_to(here: Path) -> None:
    (here / "other.yaml").write_text(
        "extends: article.yaml\nevidence: other\n"
        "parameters: {dry_needling: {ceiling: 0.1, half_life: 1, satisfaction_threshold: 1.5, relapse_scale: 400},"
        " acupuncture: {ceiling: 0.9, half_life: 1, satisfaction_threshold: 1.5, relapse_scale: 400}}\n"
    )
    result = run("acute.yaml", "--evidence", "article.yaml,other.yaml", "--set", "arms=[dry_needling, acupuncture]",
                 "--patients", "2000", "--workers", "1")  # fmt: skip
    assert result.exception is None
    words = " ".join(result.stdout.split())
    assert "The answer depends on the evidence for Acute back spasm" in words
    assert "by the article evidence dry needling; by the other evidence acupuncture" in words
    found = json.loads((here / "outputs/compare-acute-article-other/summary.json").read_text())["best"][0]
    assert found["answer"] == "changes"


def test_sizes_and_seeds_are_made_the_same(here: Path) -> None:
    (here / "small.yaml").write_text("extends: acute.yaml\ntitle: Small\ncohort: {size: 100}\nseed: 9\n")
    (here / "large.yaml").write_text("extends: acute.yaml\ntitle: Large\ncohort: {size: 300}\nseed: 4\n")
    done("small.yaml", "large.yaml", *FAST, "--quiet", "--workers", "1")
    manifest = json.loads((here / "outputs/compare-small-large/manifest.json").read_text())
    assert (manifest["patients"], manifest["seed"]) == (300, 9)
    assert {tree["seed"] for tree in manifest["configurations"].values()} == {9}


def test_a_policy_is_set_against_the_best_single_protocol(here: Path) -> None:
    done("policies.yaml", "acute.yaml", *FAST, *FEW, "--set",
         "arms=[dry_needling, combined, guided_choice, stepped_care]", "--out", "o")  # fmt: skip
    report = (here / "o/report.html").read_text()
    assert "What a rule buys" in report
    assert "Each policy minus Combined for everybody" in report


def test_names_and_labels_are_distinct_whatever_the_files_are_called(here: Path) -> None:
    for folder, name, profile in (("a", "s", "acute_strain"), ("b", "s", "chronic"), ("a", "s (2)", "stress_linked")):
        (here / folder).mkdir(exist_ok=True)
        (here / folder / f"{name}.yaml").write_text(
            f"extends: acute.yaml\ntitle: S\ncohort: {{size: 300, profiles: {{{profile}: 1}}}}\n"
        )
    done("a/s.yaml", "b/s.yaml", "a/s (2).yaml", *FAST, "--quiet", "--workers", "1", "--out", "o")
    found = json.loads((here / "o/summary.json").read_text())["scenarios"]
    assert len({one["scenario"] for one in found}) == len({one["label"] for one in found}) == 3
    means = {
        row["scenario"]: float(row["estimate"])
        for row in rows(here / "o/summary.csv")
        if (row["arm"], row["subgroup"], row["outcome"], row["statistic"]) == ("combined", "all", "qaly", "mean")
    }
    for row in rows(here / "o/differences.csv"):
        if row["scenario"] != row["versus_scenario"] and (row["arm"], row["outcome"]) == ("combined", "qaly"):
            apart = means[row["scenario"]] - means[row["versus_scenario"]]
            assert float(row["estimate"]) == pytest.approx(apart, abs=1e-8)


def test_ranks_are_counted_over_the_arms_that_are_compared(here: Path) -> None:
    done("policies.yaml", "acute.yaml", *FAST, *FEW, "--out", "o")
    shares: dict[tuple[str, str], float] = {}
    for row in rows(here / "o/ranks.csv"):
        assert row["arm"] in ("usual_care", "dry_needling", "acupuncture", "combined")
        key = row["scenario"], row["outcome"]
        shares[key] = shares.get(key, 0) + float(row["patient"])
    assert all(share == pytest.approx(1, abs=1e-6) for share in shares.values())


def test_long_varied_values_are_no_change_of_evidence(here: Path) -> None:
    values = ",".join(f"{{acute_strain: 0.{k}, chronic: 0.3, stress_linked: 0.{7 - k}}}" for k in (1, 2))
    result = run("policies.yaml", "--vary", f"cohort.profiles={values}", *FAST, "--patients", "300", "--workers", "1")
    assert result.exception is None
    assert "change of evidence" not in " ".join(result.stdout.split())


def test_evidence_files_that_inherit_a_name_are_called_by_their_own(here: Path) -> None:
    (here / "ours.yaml").write_text("extends: article.yaml\nclaims: {acupuncture: {pain_reduction: 3.2}}\n")
    result = run("acute.yaml", "--evidence", "article.yaml,ours.yaml", "--patients", "300", "--workers", "1")
    assert result.exception is None
    assert "Ours evidence" in result.stdout


def test_the_share_of_patients_that_are_the_same_is_said(here: Path) -> None:
    done("policies.yaml", "acute.yaml", "chronic.yaml", *FAST, *FEW, "--out", "o")
    found = json.loads((here / "o/summary.json").read_text())["scenarios"]
    assert [one["same_patients_as_first"] for one in found] == pytest.approx([1, 0.5, 0.3])


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["acute.yaml"], "one scenario cannot be compared; name another, or use --vary or --evidence"),
        (["acute.yaml", "none.yaml"], "no scenario 'none.yaml'"),
        (["acute.yaml", "--vary", "protocols.combned.visits=2,4"], "Did you mean 'combined'?"),
        (["acute.yaml", "--vary", "protocols.combined.vists=2,4"], "has no 'vists' in protocols.combined; allowed: "),
        (["acute.yaml", "--vary", "protocols.combined.visits="], "has no values; give some, as 4,6,8"),
        (["acute.yaml", "--vary", "protocols.combined.visits=8:2"], "has no values; a range reads low:high"),
        (["acute.yaml", "--vary", "protocols.combined.visits"], "must read path=value,value"),
        (["acute.yaml", "--vary", "protocols.combined.visits=4,4"], "the same value appears twice"),
        (["acute.yaml", "--vary", "protocols.combined.visits=4,[}"], "the values cannot be read"),
        (["acute.yaml", "--vary", "protocols.combined.visits=4,0"], "must be at least 1; given 0"),
        (["acute.yaml", "--vary", "response.rho=0,1", "--vary", "response.rho=2,3"], "'response.rho' is given twice"),
        (["acute.yaml", "--evidence", "article.yaml,article.yaml"], "'article.yaml' is given twice"),
        (["acute.yaml", "--vary", "arms.²=combined,acupuncture"], "has no '²' in arms"),
        (["acute.yaml", "--vary", "protocols.combined.visits=4:8:3"], "do not meet 8"),
        (["acute.yaml", "--vary", "seed=1,2"], "is the same in all scenarios of a comparison; give --seed"),
        (["acute.yaml", "--vary", "response.rho=0:2:0.01"], "are too many"),
        (["acute.yaml", "--vary", "arms=[combined],[acupuncture]"], "no arm in common"),
        (["acute.yaml", "--vary", "primary.outcome=cost,costs"], "unknown outcome; allowed: "),
        (["acute.yaml", "--evidence", "nothing.yaml"], "--evidence: no scenario 'nothing.yaml'"),
        (["article.yaml", "--evidence", "literature.yaml"], "is an evidence set itself"),
        (["acute.yaml", "--evidence", "article.yaml,"], "names no file"),
        (
            ["acute.yaml", "--vary", "claims.dry_needling.pain_reduction=3.8,11"],
            "--vary claims.dry_needling.pain_reduction=11: claims.dry_needling.pain_reduction: must be at least -10",
        ),
        (
            ["acute.yaml", "--vary", "protocols.combined.visits=6,40"],
            "visits=40: protocols.combined: the course ends",
        ),
        (["acute.yaml", "chronic.yaml", "--format", "odt"], "unknown format 'odt'; allowed: html, docx"),
        (
            ["policies.yaml", "--vary", "policies.guided_choice.choose.0.when.profile=chronic,cronic"],
            "unknown profile; allowed: acute_strain, chronic, stress_linked",
        ),
        (
            ["policies.yaml", "--vary", "policies.guided_choice.choose.0.when.true_pain=4,5"],
            "allowed: profile, reported_pain_at_least, reported_pain_below",
        ),
    ],
)
def test_bad_input_is_exit_2_with_one_message_that_names_the_place(here: Path, words: list[str], message: str) -> None:
    result = run(*words, "--quiet", "--workers", "1", "--patients", "100")
    assert isinstance(result.exception, CoursesimError | SystemExit), result.exception
    assert getattr(result.exception, "exit_code", None) == 2 or result.exit_code == 2
    assert message in str(result.exception) + result.output
    assert not (here / "outputs").exists()


def test_more_scenarios_than_run_together_are_each_compared_with_the_first(
    here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = ("acute.yaml", "--vary", "protocols.combined.visits=2:7", *FAST, *FEW, "--json")
    done(*words, "--out", "together")
    monkeypatch.setattr("sim.decision.compare.MOST_TOGETHER", 3)
    done(*words, "--out", "in_groups")
    for name in ("summary.csv", "ranks.csv", "trajectories.csv"):
        assert (here / "together" / name).read_bytes() == (here / "in_groups" / name).read_bytes()
    first, *others = dict.fromkeys(row["scenario"] for row in rows(here / "together" / "summary.csv"))
    wanted = {
        tuple(row.values())
        for row in rows(here / "together" / "differences.csv")
        if row["scenario"] == row["versus_scenario"] or row["versus_scenario"] == first
    }
    found = [tuple(row.values()) for row in rows(here / "in_groups" / "differences.csv")]
    assert len(others) == 5
    assert set(found) == wanted
    assert len(found) == len(wanted)
    page = (here / "in_groups" / report_file("html")).read_text()
    assert "show the first 3 scenarios; the other 3 are in summary.csv" in page


def test_too_many_scenarios_are_refused_before_any_is_read(here: Path) -> None:
    result = run(*(f"not_there_{k}.yaml" for k in range(201)), *FEW)
    assert isinstance(result.exception, CoursesimError)
    assert str(result.exception) == "201 scenarios are too many to compare; allowed: at most 200"


@pytest.mark.parametrize(("visits", "is_beside"), [("2,4", True), ("2,4,6", False)])
def test_a_long_figure_does_not_stand_beside_the_answer(here: Path, visits: str, is_beside: bool) -> None:
    done("acute.yaml", "--vary", f"protocols.combined.visits={visits}", "--vary", "attendance.no_show=0.02,0.05",
         *FAST, *FEW, "--out", "out")  # fmt: skip
    first, *others = (here / "out" / report_file("html")).read_text().split("<details")
    assert ("<figure" in first) == is_beside
    assert "<figure" in "".join(others)
