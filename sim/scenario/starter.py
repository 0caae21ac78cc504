"""The scenario that `simulate new` writes: short, valid as it is, with the usual changes as comments."""

from __future__ import annotations

import json

from sim.scenario.schema_json import SCHEMA_FILE

_STARTER = """\
# yaml-language-server: $schema={schema}
#
# Check it with `simulate check {name}.yaml`, run it with `simulate --config {name}.yaml`.
# Whatever is not said here comes from the file that this one extends. To use an example below,
# take away the leading "# " of its lines.

extends: article.yaml            # where all other numbers come from; or literature.yaml
title: {title}

cohort:
  size: 20000                    # patients
  profiles: {{acute_strain: 0.5, chronic: 0.3, stress_linked: 0.2}}   # shares; they sum to 1
# To take in only who reports pain enough at the first visit, as trials do:
#   include: {{reported_pain_at_least: 4}}

arms: [usual_care, dry_needling, acupuncture, combined]   # protocols to compare

# --- Another claim: a bare number, or one with its source and how unsure it is. The claim it replaces keeps nothing;
# --- the claims that you leave alone stay those of the article. Claims that cannot all be met are met as nearly as
# --- their doubts allow; `simulate calibrate` shows how nearly.
# claims:
#   dry_needling:
#     pain_reduction: {{value: 3.5, uncertainty: {{normal: {{sd: 0.4}}}}}}
#     satisfied: {{value: 0.7, source: our clinic's survey 2025, status: published}}

# --- Patients who do not come, and patients who give up (chances per visit).
# attendance:
#   no_show: 0.104
#   drop_out: 0.02

# --- New protocols; name them in `arms` to compare them.
# protocols:
#   in_turn:                     # dry needling and acupuncture in turn, weekly
#     label: In turn
#     visits: 8
#     every_days: 7
#     alternate: [dry_needling, acupuncture]
#   calm_first:                  # acupuncture first, then dry needling
#     label: Calm first
#     phases:
#       - {{visits: 4, every_days: 3.5, each_visit: acupuncture}}
#       - {{visits: 4, every_days: 7, each_visit: dry_needling}}
#   twice_a_week:                # Monday and Thursday; ends once relief has held for two visits
#     label: Twice a week
#     visits: 8
#     every_days: [3, 4]
#     each_visit: dry_needling
#     stop: {{relief_held_for: 2}}

# --- A rule that gives each patient a protocol; name it in `arms` too. It may look at the profile, at the pain reported
# --- at the first visit, and at the response so far.
# policies:
#   both_if_severe:
#     label: Both if severe
#     choose:
#       - {{when: {{reported_pain_at_least: 7}}, give: combined}}
#     otherwise: dry_needling
#     steps:
#       - {{no_relief_by_visit: 3, give: acupuncture}}

# --- Another kind of patient; give it a share in `cohort.profiles`.
# profiles:
#   office_neck:
#     label: Office work
#     baseline_pain: {{mean: 5, sd: 1.5, low: 2, high: 10}}
#     muscular_share: {{mean: 0.6, concentration: 10}}
#     natural_course:              # calibrated to the pain left without needling, as a share of that at the start
#       plateau: {{concentration: 3}}
#       time_constant: {{cv: 0.6}}
#       pain_left: {{day_42: 0.6, day_182: 0.5}}
#     reading_noise: {{mean: 1.0, cv: 0.4}}

# --- A treatment without needles: how much of its target pain it removes at most, and how fast.
# modalities:
#   exercise:
#     label: Exercise
#     needling: false
#     target: muscular
#     fade: 90                     # days in which half of a dose fades
#     minutes: 20
#     cost: 15
#     first_visit_cost: 0
# parameters:
#   exercise: {{ceiling: 0.3, half_life: 4}}
"""


def starter(name: str) -> str:
    """Return the text of a new scenario called `name` (a file name without its ending)."""
    words = name.replace("_", " ").replace("-", " ").strip() or name
    title = json.dumps(words[:1].upper() + words[1:200], ensure_ascii=False)
    return _STARTER.format(schema=SCHEMA_FILE, name=name, title=title)
