"""From files to a scenario: lookup, `extends`, what the laying over keeps and drops, `--set`."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from sim.errors import ScenarioError, UsageError
from sim.scenario.load import Loaded, config_folders, load_scenario
from sim.scenario.merge import assigned, laid_over
from sim.scenario.tree import Document, Mark, parse_tree

OUTCOMES = frozenset({"pain_reduction", "pain_reduction_day42"})
SECTIONS = ["cohort", "arms", "claims", "protocols", "parameters", "relief", "modalities", "seed", "relapse"]


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def write(file: Path, text: str) -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")
    return file


def load(name: str, *overrides: str, **search: Any) -> Loaded:
    return load_scenario(name, overrides, outcomes=OUTCOMES, **search)


def merged(base: str, child: str) -> Any:
    return laid_over(parse_tree(base, "base"), parse_tree(child, "child")).tree


def after(text: str, *overrides: str) -> Any:
    document = parse_tree(text, "f.yaml")
    for override in overrides:
        document, _ = assigned(document, override, SECTIONS)
    return document.tree


# ------------------------------------------------------------------ laying over


def test_an_empty_mapping_says_that_there_is_nothing():
    assert merged("{structure: {fade: {on: {}}}, x: 1}", "{structure: {}}") == {"structure": {}, "x": 1}
    assert merged("{x: 1}", "{}") == {"x": 1}
    assert load("acute.yaml").scenario.structure
    assert not load("acute.yaml", "structure={}").scenario.structure


def test_mappings_merge_and_lists_and_scalars_replace() -> None:
    assert merged("{a: {b: 1, c: [1, 2]}, d: 3}", "{a: {c: [9]}, e: 4}") == {
        "a": {"b": 1, "c": [9]},
        "d": 3,
        "e": 4,
    }


NUMBER = "{value: 3.8, source: article, quote: said so, uncertainty: {normal: {sd: 0.3}}}"


@pytest.mark.parametrize(
    ("child", "expected"),
    [
        ("4.4", 4.4),
        ("{value: 4.4, source: B1}", {"value": 4.4, "source": "B1"}),
        ("{range: [1, 2]}", {"range": [1, 2]}),
        ("null", None),
    ],
)
def test_a_changed_number_keeps_no_source_or_quote_of_another(child: str, expected: object) -> None:
    tree = merged(f"claims: {{dn: {{pain: {NUMBER}, other: 1}}}}", f"claims: {{dn: {{pain: {child}}}}}")
    assert tree == {"claims": {"dn": {"pain": expected, "other": 1}}}


def test_a_note_or_an_uncertainty_alone_is_added_to_the_number() -> None:
    tree = merged(f"x: {NUMBER}", "x: {uncertainty: {beta: {sd: 0.1}}, note: wider}")
    assert tree["x"]["value"] == 3.8
    assert tree["x"]["quote"] == "said so"
    assert tree["x"]["note"] == "wider"
    assert tree["x"]["uncertainty"] == {"beta": {"sd": 0.1}}


def test_a_stray_value_in_a_section_does_not_wipe_it() -> None:
    assert merged("claims: {dn: {satisfied: 0.5}}", "claims: {value: 3}") == {
        "claims": {"dn": {"satisfied": 0.5}, "value": 3}
    }


def test_shares_of_profiles_replace_as_a_whole() -> None:
    base = """
        cohort: {size: 5, profiles: {a: 0.5, b: 0.5}}
        calibration: {profiles: {a: 1}}
        profiles: {a: {x: 1}}
    """.replace("        ", "")
    tree = merged(base, "{cohort: {profiles: {c: 1}}, calibration: {profiles: {b: 1}}, profiles: {b: {x: 2}}}")
    assert tree["cohort"] == {"size": 5, "profiles": {"c": 1}}
    assert tree["calibration"] == {"profiles": {"b": 1}}
    assert tree["profiles"] == {"a": {"x": 1}, "b": {"x": 2}}


@pytest.mark.parametrize(
    ("place", "base", "child", "expected"),
    [
        (("protocols", "p"), "{visits: 6, every_days: 7, each_visit: a}", "{phases: [1]}", {"phases": [1]}),
        (("protocols", "p"), "{label: P, phases: [1]}", "{visits: 6}", {"label": "P", "visits": 6}),
        (
            ("protocols", "p"),
            "{visits: 6, each_visit: a}",
            "{alternate: [a, b]}",
            {"visits": 6, "alternate": ["a", "b"]},
        ),
        (
            ("protocols", "p"),
            "{visits: 6, alternate: [a, b]}",
            "{each_visit: a}",
            {"visits": 6, "each_visit": "a"},
        ),
        (
            ("claims", "m", "course"),
            "{visits: 6, each_visit: a}",
            "{alternate: [a]}",
            {"visits": 6, "alternate": ["a"]},
        ),
        (
            ("modalities", "m", "adverse_events", "e"),
            "{per_course: 0.3}",
            "{per_visit: 0.1}",
            {"per_visit": 0.1},
        ),
        (("relief",), "{points: 2}", "{percent: 30}", {"percent": 30}),
        (("other",), "{points: 2}", "{percent: 30}", {"points": 2, "percent": 30}),
    ],
)
def test_rival_forms_of_a_rule_take_each_others_place(
    place: tuple[str, ...], base: str, child: str, expected: dict[str, object]
) -> None:
    opening, closing = "".join(f"{{{step}: " for step in place), "}" * len(place)
    tree = merged(opening + base + closing, opening + child + closing)
    for step in place:
        tree = tree[step]
    assert tree == expected


def test_marks_below_what_was_replaced_are_dropped() -> None:
    base = parse_tree(f"{{x: {NUMBER}, arms: [a, b, c], relief: {{points: 2}}}}", "base")
    places = laid_over(base, parse_tree("{x: 4, arms: [d], relief: {percent: 30}}", "child")).places
    assert set(places) == {(), ("x",), ("arms",), ("arms", 0), ("relief",), ("relief", "percent")}
    assert {marks.value.file for marks in places.values()} == {"child"}


def leaves(tree, place=()):
    """Yield the path of every scalar, list and empty mapping."""
    if isinstance(tree, dict) and tree:
        for key, part in tree.items():
            yield from leaves(part, (*place, key))
    else:
        yield place


def test_every_leaf_of_the_merged_tree_has_a_mark() -> None:
    loaded = load("acute.yaml", "parameters.dry_needling.ceiling=0.8", "protocols.acupuncture_first.phases.0.visits=3")
    assert set(leaves(loaded.tree)) <= set(loaded.places)


# ------------------------------------------------------------------ --set


@pytest.mark.parametrize(
    ("text", "override", "expected"),
    [
        ("cohort: {size: 5}", "cohort.size=2e4", {"cohort": {"size": 20000.0}}),
        ("cohort: {size: 5}", " cohort.size = 7 ", {"cohort": {"size": 7}}),
        ("cohort: {size: 5}", "cohort={profiles: {a: 1}}", {"cohort": {"size": 5, "profiles": {"a": 1}}}),
        ("arms: [a, b]", "arms=[c]", {"arms": ["c"]}),
        ("arms: [a, b]", "arms.1=c", {"arms": ["a", "c"]}),
        ("seed: 1", "parameters.dn.ceiling=0.5", {"seed": 1, "parameters": {"dn": {"ceiling": 0.5}}}),
        ("seed: 1", "seed=null", {"seed": None}),
        ("seed: 1", 'seed=""', {"seed": ""}),
        (f"claims: {{x: {NUMBER}}}", "claims.x=4", {"claims": {"x": 4}}),
        (f"claims: {{x: {NUMBER}}}", "claims.x.value=4", {"claims": {"x": 4}}),
        ("claims: {x: 3}", "claims.x.value=4", {"claims": {"x": 4}}),
        (f"claims: {{x: {NUMBER}}}", "claims.x.range=[1, 2]", {"claims": {"x": {"range": [1, 2]}}}),
        ("relief: {points: 2}", "relief.percent=30", {"relief": {"percent": 30}}),
        (
            "protocols: {p: {phases: [{visits: 2, each_visit: a}]}}",
            "protocols.p.phases.0.alternate=[a, b]",
            {"protocols": {"p": {"phases": [{"visits": 2, "alternate": ["a", "b"]}]}}},
        ),
    ],
)
def test_set_changes_one_value_by_the_rules_of_extends(text: str, override: str, expected: object) -> None:
    assert after(text, override) == expected


def test_one_share_can_be_set_without_the_others() -> None:
    text = "cohort: {size: 5, profiles: {a: 0.5, b: 0.5}}"
    assert after(text, "cohort.profiles.a=0.4", "cohort.profiles.b=0.6")["cohort"]["profiles"] == {
        "a": 0.4,
        "b": 0.6,
    }
    assert after(text, "cohort.profiles={c: 1}")["cohort"]["profiles"] == {"c": 1}


def test_set_applies_in_order_and_leaves_the_document_given_alone() -> None:
    document = parse_tree("arms: [a, b]", "f")
    assert after("arms: [a, b]", "arms=[c, d]", "arms.0=e") == {"arms": ["e", "d"]}
    assigned(document, "arms.0=z", SECTIONS)
    assert document.tree == {"arms": ["a", "b"]}


def test_uncertainty_set_alone_keeps_the_number() -> None:
    tree = after(f"claims: {{x: {NUMBER}}}", "claims.x.uncertainty={normal: {sd: 1}}")
    assert tree["claims"]["x"]["value"] == 3.8
    assert tree["claims"]["x"]["uncertainty"] == {"normal": {"sd": 1}}


@pytest.mark.parametrize(
    ("override", "fault"),
    [
        ("cohort.size", "--set cohort.size: must read path=value"),
        ("=5", "--set =5: must read path=value"),
        ("cohort.size=", "--set cohort.size=: has no value"),
        ("cohort.size=  ", "has no value"),
        ("cohort..size=5", "--set cohort..size=5: has an empty step"),
        (".cohort=5", "has an empty step"),
        ("cohrt.size=5", "unknown section 'cohrt'; allowed: cohort, arms,"),
        ("cohrt.size=5", "Did you mean 'cohort'?"),
        ("extends=a.yaml", "unknown section 'extends'"),
        ("seed.low=5", "--set seed.low=5: seed is a single value"),
        ("claims.x.y=5", "claims.x is a single value"),
        ("arms.2=c", "--set arms.2=c: arms is a list; '2' is not in it; allowed: a number from 0 to 1"),
        ("arms.-1=c", "'-1' is not in it"),
        ("arms.first=c", "'first' is not in it"),
        ("arms.²=c", "is not in it"),
        ("seed=[1", "--set seed=[1: not readable as YAML"),
        ("seed=&a 1", "--set seed=&a 1: anchors (&a) are not allowed"),
        ("seed=*a", "--set seed=*a: aliases (*a) are not allowed"),
        ("seed={a: 1, a: 2}", "duplicate key 'a'"),
        ("seed=#5", "is empty"),
        ("seed=" + "[" * 1000, "nested more than 40 levels deep"),
        ("seed=" + "9" * 10_000, "a number of 10,000 characters"),
        ("seed=a\udcff", "control character U+DCFF"),
    ],
)
def test_a_faulty_set_is_named(override: str, fault: str) -> None:
    with pytest.raises(ScenarioError) as caught:
        after("{cohort: {size: 1}, arms: [a, b], seed: 1, claims: {x: 1}}", override)
    (line,) = caught.value.faults
    assert fault in line
    assert line.isprintable()
    assert len(line) < 400


def test_marks_of_a_set_show_the_option() -> None:
    document, place = assigned(Document({}, {}), "parameters.dn.ceiling=0.5", SECTIONS)
    assert place == ("parameters", "dn", "ceiling")
    assert {str(marks.value) for marks in document.places.values()} == {"--set parameters.dn.ceiling=0.5"}
    assert document.places[place].value == Mark("--set parameters.dn.ceiling=0.5")


# ------------------------------------------------------------------ files


def test_an_installed_scenario_is_found_by_name(here: Path) -> None:
    loaded = load("acute.yaml")
    assert loaded.name == "acute"
    assert [file.name for file in loaded.files] == ["acute.yaml", "article.yaml"]
    assert loaded.scenario.title == "Acute back spasm"
    assert "extends" not in loaded.tree
    assert loaded.files[0].parent == config_folders()[1]


def test_a_file_is_looked_for_as_given_then_in_configs(here: Path) -> None:
    configs = write(here / "configs" / "acute.yaml", "extends: article.yaml\ntitle: In configs\n")
    assert load("acute.yaml").files[0] == configs
    write(here / "acute.yaml", "extends: article.yaml\ntitle: As given\n")
    assert load("acute.yaml").scenario.title == "As given"
    assert load(str(configs)).scenario.title == "In configs"


def test_extends_is_looked_for_beside_the_file_then_in_configs(here: Path) -> None:
    write(here / "mine" / "a.yaml", "extends: base.yaml\n")
    write(here / "configs" / "base.yaml", "extends: article.yaml\ntitle: In configs\n")
    assert load("mine/a.yaml").scenario.title == "In configs"
    write(here / "mine" / "base.yaml", "extends: article.yaml\ntitle: Beside\n")
    loaded = load("mine/a.yaml")
    assert loaded.scenario.title == "Beside"
    assert [file.name for file in loaded.files] == ["a.yaml", "base.yaml", "article.yaml"]


def test_a_bare_number_is_set_by_the_scenario_and_keeps_no_quote(here: Path) -> None:
    claim = load("acute.yaml", "claims.dry_needling.pain_reduction=4.4").scenario.claims["dry_needling"].pain_reduction
    assert (claim.value, claim.source, claim.status, claim.quote) == (4.4, "scenario", "scenario", None)
    assert load("acute.yaml").scenario.claims["dry_needling"].pain_reduction.source == "article"


def test_a_missing_file_names_the_places_and_near_names(here: Path) -> None:
    with pytest.raises(UsageError) as caught:
        load("acutte.yaml")
    message = str(caught.value)
    assert "no scenario 'acutte.yaml'; looked for acutte.yaml, configs/acutte.yaml, " in message
    assert "reference.yaml" in message
    assert "trials.yaml" not in message
    assert "Did you mean 'acute.yaml'?" in message


@pytest.mark.parametrize("name", ["", ".", "a\0b", "x" * 5000, "a\nb", "\udcff", "/dev/null", "/dev/null/x"])
def test_odd_names_are_usage_errors(here: Path, name: str) -> None:
    with pytest.raises(UsageError) as caught:
        load(name)
    assert str(caught.value).isprintable()


@pytest.mark.parametrize("target", ["[a.yaml]", "5", "", "{a: 1}", "null", '""', "true"])
def test_extends_is_the_name_of_one_file(here: Path, target: str) -> None:
    write(here / "a.yaml", f"title: x\nextends: {target}\n")
    with pytest.raises(ScenarioError, match=r"a\.yaml:2:\d+: extends: must be the name of one file; given "):
        load("a.yaml")


def test_extends_a_missing_file_names_near_names(here: Path) -> None:
    write(here / "a.yaml", "extends: artikle.yaml\n")
    with pytest.raises(
        ScenarioError, match=r"a\.yaml:1:10: extends: no scenario 'artikle\.yaml'.*mean 'article\.yaml'"
    ):
        load("a.yaml")


def test_a_loop_shows_its_chain(here: Path) -> None:
    write(here / "a.yaml", "extends: b.yaml\n")
    write(here / "b.yaml", "title: x\nextends: a.yaml\n")
    with pytest.raises(ScenarioError, match=r"b\.yaml:2:10: extends: .* loop: a\.yaml -> b\.yaml -> a\.yaml"):
        load("a.yaml")
    write(here / "c.yaml", "extends: ./c.yaml\n")
    with pytest.raises(ScenarioError, match="goes round in a loop"):
        load("c.yaml")


def test_a_chain_holds_at_most_ten_files(here: Path) -> None:
    for number in range(8):
        write(here / f"f{number}.yaml", f"extends: f{number + 1}.yaml\n")
    write(here / "f8.yaml", "extends: article.yaml\n")
    assert len(load("f0.yaml").files) == 10
    write(here / "f.yaml", "extends: f0.yaml\n")
    with pytest.raises(ScenarioError, match=r"f8\.yaml:1:10: extends: the chain of files is longer than 10"):
        load("f.yaml")


@pytest.mark.parametrize(
    "target", ["../outside.yaml", "OUTSIDE", "sub/../../outside.yaml", "link.yaml", "../gone.yaml", "/gone.yaml"]
)
def test_extends_stays_within_the_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, target: str) -> None:
    outside = write(tmp_path / "outside.yaml", "secret: x\n")
    folder = tmp_path / "in"
    write(folder / "a.yaml", f"title: x\nextends: {target.replace('OUTSIDE', str(outside))}\n")
    (folder / "sub").mkdir()
    (folder / "link.yaml").symlink_to(outside)
    monkeypatch.chdir(folder)
    with pytest.raises(ScenarioError, match=r"a\.yaml:2:10: extends: must lie in the folder") as caught:
        load("a.yaml")
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    ("target", "rule"),
    [
        ("notes.txt", "ends in .yaml or .yml"),
        ("/etc/passwd", "ends in .yaml or .yml"),
        ("/proc/self/environ", "ends in .yaml or .yml"),
        ("/dev/zero", "ends in .yaml or .yml"),
        ("/dev/stdin", "ends in .yaml or .yml"),
        ("~/a.yaml", "no scenario"),
        ("notes.yaml", "must lie in the folder"),
        ("zero.yaml", "must lie in the folder"),
        ("pipe.yaml", "is not a regular file"),
        ("folder.yaml", "is a directory"),
        ("large.yaml", "is too large for a scenario"),
        ("https://example.org/a.yaml", "nothing is fetched"),
        ("file:///etc/a.yaml", "nothing is fetched"),
    ],
)
def test_extends_reaches_nothing_but_scenarios(here: Path, target: str, rule: str) -> None:
    write(here / "notes.txt", "secret: x\n")
    (here / "notes.yaml").symlink_to(here / "notes.txt")
    (here / "zero.yaml").symlink_to("/dev/zero")
    (here / "folder.yaml").mkdir()
    os.mkfifo(here / "pipe.yaml")
    with (here / "large.yaml").open("wb") as stream:
        stream.truncate(10**12)
    write(here / "a.yaml", f"extends: {target}\n")
    with pytest.raises(UsageError, match=rule) as caught:
        load("a.yaml")
    assert "secret" not in str(caught.value)


def test_extends_may_leave_a_subfolder_of_configs(here: Path) -> None:
    write(here / "configs" / "base.yaml", "extends: article.yaml\ntitle: Base\n")
    write(here / "configs" / "sub" / "a.yaml", "extends: ../base.yaml\n")
    assert load("sub/a.yaml").scenario.title == "Base"


def test_symbolic_links_in_a_loop_are_refused(here: Path) -> None:
    (here / "x.yaml").symlink_to("y.yaml")
    (here / "y.yaml").symlink_to("x.yaml")
    write(here / "a.yaml", "extends: x.yaml\n")
    for name in ("a.yaml", "x.yaml"):
        with pytest.raises(UsageError):
            load(name)


def test_the_folders_to_search_can_be_given(tmp_path: Path) -> None:
    write(tmp_path / "only.yaml", "extends: none.yaml\n")
    with pytest.raises(ScenarioError, match=r"no scenario 'none\.yaml'"):
        load("only.yaml", search=[tmp_path])
